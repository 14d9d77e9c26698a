using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AnalogAttention.Cli;

/// <summary>
/// Ctrl+C, and SIGTERM as schedulers send it: the first cancels the work, and what was computed is kept. A later one ends the process, unless
/// it follows within a second (one key press may arrive twice) or while files are still being written.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);
    private static int _writing;

    private readonly CancellationTokenSource _cancellation = new();
    private readonly Lock _lock = new();
    private readonly PosixSignalRegistration _termination;
    private long? _first;

    public Interruption()
    {
        Console.CancelKeyPress += Pressed;
        _termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = Survives());
    }

    public CancellationToken Token => _cancellation.Token;

    /// <summary>Writes what no second Ctrl+C may break off.</summary>
    public static T Undisturbed<T>(Func<T> write)
    {
        Interlocked.Increment(ref _writing);
        try
        {
            return write();
        }
        finally
        {
            Interlocked.Decrement(ref _writing);
        }
    }

    private void Pressed(object? sender, ConsoleCancelEventArgs pressed) => pressed.Cancel = Survives();

    /// <summary>Cancels the work; true where the process goes on to end by itself.</summary>
    private bool Survives()
    {
        bool survives;
        lock (_lock)
        {
            survives = _first is not { } first || Stopwatch.GetElapsedTime(first) < Grace || Volatile.Read(ref _writing) > 0;
            _first ??= Stopwatch.GetTimestamp();
        }
        _cancellation.Cancel();
        return survives;
    }

    public void Dispose()
    {
        Console.CancelKeyPress -= Pressed;
        _termination.Dispose();
        _cancellation.Dispose();
    }
}
