using System.Diagnostics;

namespace AnalogAttention.Cli;

/// <summary>
/// Ctrl+C: the first cancels the work, and what was computed is kept. A later one ends the process, unless it follows within a second
/// (one key press may arrive twice) or while files are still being written.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);
    private static int _writing;

    private readonly CancellationTokenSource _cancellation = new();
    private readonly Lock _lock = new();
    private long? _first;

    public Interruption() => Console.CancelKeyPress += Pressed;

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

    private void Pressed(object? sender, ConsoleCancelEventArgs pressed)
    {
        lock (_lock)
        {
            pressed.Cancel = _first is not { } first || Stopwatch.GetElapsedTime(first) < Grace || Volatile.Read(ref _writing) > 0;
            _first ??= Stopwatch.GetTimestamp();
        }
        _cancellation.Cancel();
    }

    public void Dispose()
    {
        Console.CancelKeyPress -= Pressed;
        _cancellation.Dispose();
    }
}
