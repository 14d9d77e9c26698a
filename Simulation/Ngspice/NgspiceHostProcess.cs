using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using AnalogAttention.NgspiceHost;

namespace AnalogAttention.Simulation.Ngspice;

/// <summary>One process with the ngspice library in it (<c>Simulation/Ngspice.Host</c>), and the pipes to it.</summary>
internal sealed class NgspiceHostProcess : IDisposable
{
    private readonly Process _process;
    private readonly BinaryReader _from;
    private readonly BinaryWriter _to;
    private readonly Queue<string> _complaints = [];

    /// <param name="libraries">Names or paths of the library; the first that loads is used.</param>
    /// <exception cref="EngineAbsentException">None loads, or the host cannot be started.</exception>
    public NgspiceHostProcess(IEnumerable<string> libraries)
    {
        var host = typeof(Frames).Assembly.Location;
        var start = new ProcessStartInfo(Dotnet(), [host, .. libraries]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_TieredPGO"] = "0";
        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new EngineAbsentException($"the process for the ngspice library does not start: {e.Message}");
        }
        _process.ErrorDataReceived += (_, received) => Keep(received.Data);
        _process.BeginErrorReadLine();
        _from = new BinaryReader(new BufferedStream(_process.StandardOutput.BaseStream, 1 << 16), Encoding.UTF8);
        _to = new BinaryWriter(_process.StandardInput.BaseStream, Encoding.UTF8);
        try
        {
            (Library, Version) = Frames.ReadHello(_from);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            Dispose();
            throw new EngineAbsentException($"the process for the ngspice library ends at once: {LastComplaint}");
        }
        if (Library.Length > 0)
            return;
        Dispose();
        throw new EngineAbsentException(Version);
    }

    public string Library { get; }

    public string Version { get; }

    /// <summary>Decks it has run: ngspice keeps some memory of each.</summary>
    public int Runs { get; private set; }

    /// <summary>Bytes of memory it holds.</summary>
    public long WorkingSet
    {
        get
        {
            _process.Refresh();
            return _process.HasExited ? 0 : _process.WorkingSet64;
        }
    }

    /// <returns>Null where the process ended without an answer; <see cref="LastComplaint"/> may say why.</returns>
    /// <exception cref="IOException">The process was gone before the deck.</exception>
    public HostReply? Run(string deck, Action<double> progress, CancellationToken cancellation)
    {
        Frames.WriteDeck(_to, deck);
        Runs++;
        using var killed = cancellation.Register(() => _process.Kill());
        try
        {
            return Frames.ReadReply(_from, progress);
        }
        catch (EndOfStreamException)
        {
            // an interrupt from the terminal reaches the child first
            cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(0.2));
            cancellation.ThrowIfCancellationRequested();
            _process.WaitForExit();
            return null;
        }
    }

    public string LastComplaint
    {
        get
        {
            lock (_complaints)
                return _complaints.LastOrDefault() ?? $"exit code {(_process.HasExited ? _process.ExitCode : 0)}";
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
            return;
        lock (_complaints)
        {
            _complaints.Enqueue(line.Trim());
            if (_complaints.Count > 20)
                _complaints.Dequeue();
        }
    }

    // the program that runs this very runtime: DOTNET_ROOT/shared/Microsoft.NETCore.App/VERSION/
    private static string Dotnet() => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
}
