using System.Runtime.InteropServices;

namespace AnalogAttention.Benchmarks;

/// <summary>
/// libngspice in this very process, through its C interface (ngspice manual, chapter 19): what a caller pays who accepts its leaks
/// and that it may end the process. The peer that a small deck is measured against.
/// </summary>
internal static unsafe partial class LibNgspice
{
    private const string Library = "libngspice.so.0";

    public static bool IsPresent => NativeLibrary.TryLoad(Library, out _);

    /// <summary>What it printed since the last <see cref="Command"/>.</summary>
    public static List<string> Printed { get; } = [];

    public static void Start()
    {
        if (Init(&Print, &Ignore, &Exit, null, null, null, null) != 0)
            throw new InvalidOperationException("libngspice does not start");
    }

    public static void Load(string deck)
    {
        var lines = deck.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var pointers = stackalloc nint[lines.Length + 1];
        for (var k = 0; k < lines.Length; k++)
            pointers[k] = Marshal.StringToCoTaskMemUTF8(lines[k]);
        pointers[lines.Length] = 0;
        if (Circuit((byte**)pointers) != 0)
            throw new InvalidOperationException("libngspice refuses the deck: " + string.Join("; ", Printed));
        for (var k = 0; k < lines.Length; k++)
            Marshal.FreeCoTaskMem(pointers[k]);
    }

    public static void Command(string command)
    {
        Printed.Clear();
        var text = Marshal.StringToCoTaskMemUTF8(command);
        var failed = Execute((byte*)text) != 0;
        Marshal.FreeCoTaskMem(text);
        if (failed)
            throw new InvalidOperationException($"libngspice: '{command}': {string.Join("; ", Printed)}");
    }

    /// <summary>A real vector of the current plot.</summary>
    public static ReadOnlySpan<double> Vector(string name)
    {
        var text = Marshal.StringToCoTaskMemUTF8(name);
        var found = VectorOf((byte*)text);
        Marshal.FreeCoTaskMem(text);
        return found is null ? throw new InvalidOperationException($"libngspice has no vector '{name}'") : new ReadOnlySpan<double>(found->Real, found->Length);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct VectorInfo
    {
        public byte* Name;
        public int Type;
        public short Flags;
        public double* Real;
        public void* Complex;
        public int Length;
    }

    [LibraryImport(Library, EntryPoint = "ngSpice_Init")]
    private static partial int Init(delegate* unmanaged[Cdecl]<byte*, int, void*, int> print, delegate* unmanaged[Cdecl]<byte*, int, void*, int> status,
        delegate* unmanaged[Cdecl]<int, byte, byte, int, void*, int> exit, void* data, void* vectors, void* thread, void* user);

    [LibraryImport(Library, EntryPoint = "ngSpice_Circ")]
    private static partial int Circuit(byte** lines);

    [LibraryImport(Library, EntryPoint = "ngSpice_Command")]
    private static partial int Execute(byte* command);

    [LibraryImport(Library, EntryPoint = "ngGet_Vec_Info")]
    private static partial VectorInfo* VectorOf(byte* name);

    [UnmanagedCallersOnly(CallConvs = [typeof(System.Runtime.CompilerServices.CallConvCdecl)])]
    private static int Print(byte* text, int id, void* user)
    {
        Printed.Add(Marshal.PtrToStringUTF8((nint)text) ?? "");
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(System.Runtime.CompilerServices.CallConvCdecl)])]
    private static int Ignore(byte* text, int id, void* user) => 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(System.Runtime.CompilerServices.CallConvCdecl)])]
    private static int Exit(int status, byte immediate, byte quit, int id, void* user) => 0;
}
