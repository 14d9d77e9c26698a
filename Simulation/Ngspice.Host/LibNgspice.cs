using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AnalogAttention.NgspiceHost;

/// <summary>The shared library through its C interface (ngspice manual, chapter "ngspice as shared library or dynamic link library").</summary>
internal sealed unsafe class LibNgspice
{
    private static readonly List<string> _printed = [];
    private static Action<double> _progress = _ => { };
    private static Action _exit = () => { };

    private readonly delegate* unmanaged[Cdecl]<byte**, int> _circuit;
    private readonly delegate* unmanaged[Cdecl]<byte*, int> _command;
    private readonly delegate* unmanaged[Cdecl]<byte*, VectorInfo*> _vector;
    private readonly delegate* unmanaged[Cdecl]<byte**> _plots;
    private readonly delegate* unmanaged[Cdecl]<byte*, byte**> _vectors;

    /// <param name="exit">Called when ngspice wants to end the process, with what it printed.</param>
    public LibNgspice(nint library, Action<double> progress, Action exit)
    {
        (_progress, _exit) = (progress, exit);
        nint Export(string name) => NativeLibrary.GetExport(library, name);
        _circuit = (delegate* unmanaged[Cdecl]<byte**, int>)Export("ngSpice_Circ");
        _command = (delegate* unmanaged[Cdecl]<byte*, int>)Export("ngSpice_Command");
        _vector = (delegate* unmanaged[Cdecl]<byte*, VectorInfo*>)Export("ngGet_Vec_Info");
        _plots = (delegate* unmanaged[Cdecl]<byte**>)Export("ngSpice_AllPlots");
        _vectors = (delegate* unmanaged[Cdecl]<byte*, byte**>)Export("ngSpice_AllVecs");
        // data and thread callbacks stay away: vectors are read when a run is over
        var initialize = (delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<byte*, int, void*, int>, delegate* unmanaged[Cdecl]<byte*, int, void*, int>,
            delegate* unmanaged[Cdecl]<int, byte, byte, int, void*, int>, void*, void*, void*, void*, int>)Export("ngSpice_Init");
        if (initialize(&Print, &Status, &Exit, null, null, null, null) != 0)
            throw new InvalidOperationException("ngSpice_Init fails");
    }

    /// <summary>What it printed since <see cref="Clear"/>, without the name of the stream.</summary>
    public static IReadOnlyList<string> Printed => _printed;

    public static void Clear() => _printed.Clear();

    /// <returns>False where ngspice refuses the deck.</returns>
    public bool Load(string deck)
    {
        var lines = deck.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var texts = (byte**)NativeMemory.Alloc((nuint)lines.Length + 1, (nuint)sizeof(byte*));
        for (var k = 0; k < lines.Length; k++)
            texts[k] = (byte*)Marshal.StringToCoTaskMemUTF8(lines[k]);
        texts[lines.Length] = null;
        var loaded = _circuit(texts) == 0;
        for (var k = 0; k < lines.Length; k++)
            Marshal.FreeCoTaskMem((nint)texts[k]);
        NativeMemory.Free(texts);
        return loaded;
    }

    public bool Command(string command)
    {
        var text = Marshal.StringToCoTaskMemUTF8(command);
        var done = _command((byte*)text) == 0;
        Marshal.FreeCoTaskMem(text);
        return done;
    }

    /// <summary>The plots of all analyses since the last <c>destroy all</c>, oldest first.</summary>
    public IReadOnlyList<HostPlot> Plots()
    {
        var plots = new List<HostPlot>();
        foreach (var name in Names(_plots()).Where(n => n != "const"))
        {
            var text = (byte*)Marshal.StringToCoTaskMemUTF8(name);
            var vectors = Names(_vectors(text)).Select(vector => Vector(name, vector)).OfType<HostVector>().Where(v => v.Values.Length > 0).ToList();
            Marshal.FreeCoTaskMem((nint)text);
            // ngspice lists the newest vector first; the abscissa is the oldest but for its type
            vectors.Reverse();
            vectors = [.. vectors.Where(IsAbscissa), .. vectors.Where(v => !IsAbscissa(v))];
            if (vectors.Count > 0)
                plots.Insert(0, new HostPlot(name, vectors));
        }
        return plots;
    }

    private static bool IsAbscissa(HostVector vector) =>
        vector.Type is VectorType.Time or VectorType.Frequency || vector.Name.EndsWith("-sweep", StringComparison.Ordinal);

    private HostVector? Vector(string plot, string name)
    {
        var text = (byte*)Marshal.StringToCoTaskMemUTF8($"{plot}.{name}");
        var found = _vector(text);
        Marshal.FreeCoTaskMem((nint)text);
        if (found is null || found->Length <= 0)
            return null;
        var isComplex = found->Real is null;
        var values = isComplex ? new ReadOnlySpan<double>(found->Complex, 2 * found->Length) : new ReadOnlySpan<double>(found->Real, found->Length);
        return new HostVector(name, (VectorType)found->Type, isComplex, values.ToArray());
    }

    private static List<string> Names(byte** texts)
    {
        var names = new List<string>();
        for (var k = 0; texts is not null && texts[k] is not null; k++)
            names.Add(Marshal.PtrToStringUTF8((nint)texts[k])!);
        return names;
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

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Print(byte* text, int id, void* user)
    {
        var line = Marshal.PtrToStringUTF8((nint)text) ?? "";
        line = line.StartsWith("stdout ", StringComparison.Ordinal) || line.StartsWith("stderr ", StringComparison.Ordinal) ? line[7..] : line;
        if (line.Trim().Length == 0)
            return 0;
        // the first and the last lines tell what went wrong
        const int most = 1000;
        if (_printed.Count == most)
            _printed.RemoveAt(most / 2);
        _printed.Add(line.TrimEnd());
        return 0;
    }

    // "tran: 45.2%"
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Status(byte* text, int id, void* user)
    {
        var status = Marshal.PtrToStringUTF8((nint)text) ?? "";
        var percent = status[(status.LastIndexOf(' ') + 1)..].TrimEnd('%');
        if (status.EndsWith('%') && double.TryParse(percent, NumberStyles.Float, CultureInfo.InvariantCulture, out var part))
            _progress(part / 100);
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Exit(int status, byte immediate, byte quit, int id, void* user)
    {
        _exit();
        return 0;
    }
}
