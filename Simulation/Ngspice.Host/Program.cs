using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using AnalogAttention.NgspiceHost;
using Microsoft.Win32.SafeHandles;

// A process around the ngspice library: decks come in on stdin, plots go out on what was stdout. Arguments: names or paths of the library, the first that loads is used.
using var input = new BinaryReader(Console.OpenStandardInput(), Encoding.UTF8);
using var output = new BinaryWriter(new BufferedStream(ProtocolStream(), 1 << 16), Encoding.UTF8);

nint library = 0;
if (!args.Any(name => NativeLibrary.TryLoad(name, out library)))
{
    Frames.WriteHello(output, "", $"none of {string.Join(", ", args)} can be loaded");
    return 1;
}
LibNgspice ngspice;
try
{
    ngspice = new LibNgspice(library, part => Frames.WriteProgress(output, part), () =>
    {
        Frames.Write(output, new HostReply(false, [], LibNgspice.Printed));
        Process.GetCurrentProcess().Kill();
    });
}
catch (Exception e) when (e is EntryPointNotFoundException or InvalidOperationException)
{
    Frames.WriteHello(output, "", e.Message);
    return 1;
}

ngspice.Command("version -s");
var version = LibNgspice.Printed.SelectMany(line => line.Split(' ')).FirstOrDefault(word => word.StartsWith("ngspice-", StringComparison.Ordinal)) ?? "ngspice";
Frames.WriteHello(output, PathOfLibrary() ?? args[0], version["ngspice-".Length..]);

ngspice.Command("set noinit"); // no listing of every node at the start of a transient
while (Frames.ReadDeck(input) is { } deck)
{
    LibNgspice.Clear();
    if (ngspice.Load(deck))
        ngspice.Command("run");
    IReadOnlyList<HostPlot> plots = ngspice.Plots();
    ngspice.Command("rusage totiter rejected");
    Frames.Write(output, new HostReply(true, plots, LibNgspice.Printed));
    ngspice.Command("destroy all");
    ngspice.Command("remcirc");
}
return 0;

static string? PathOfLibrary()
{
    using var self = Process.GetCurrentProcess();
    return self.Modules.Cast<ProcessModule>().Select(m => m.FileName).FirstOrDefault(path => Path.GetFileName(path).Contains("ngspice.", StringComparison.OrdinalIgnoreCase)
        && !path.EndsWith("Host.dll", StringComparison.OrdinalIgnoreCase));
}

// A library that writes to the C stdout must not write into the frames: they go to a copy of it, and 1 becomes stderr.
static Stream ProtocolStream()
{
    if (OperatingSystem.IsWindows())
        return Console.OpenStandardOutput();
    var copy = Posix.Duplicate(1);
    _ = Posix.Duplicate(2, 1);
    return new FileStream(new SafeFileHandle(copy, ownsHandle: true), FileAccess.Write, bufferSize: 0);
}

internal static partial class Posix
{
    [LibraryImport("libc", EntryPoint = "dup")]
    internal static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2")]
    internal static partial int Duplicate(int descriptor, int onto);
}
