using System.Runtime.ExceptionServices;

namespace AnalogAttention.Inference.Tensors;

/// <summary>Work that any number of threads can share.</summary>
internal interface ITeamWork
{
    /// <summary>One part of it; parts run at once.</summary>
    void Run(int part, int parts);
}

/// <summary>
/// Threads that wait for work on one sequence: some hundred pieces of it per token, of tens of microseconds each. Nothing is allocated per piece.
/// Not thread-safe: one caller at a time.
/// </summary>
public sealed unsafe class ThreadTeam : IDisposable
{
    private readonly Barrier _barrier;
    private readonly Thread[] _others;
    private volatile bool _isDisposed;
    private volatile ExceptionDispatchInfo? _failure;
    private ITeamWork? _shared;
    private void* _work;
    private delegate*<void*, int, int, void> _run;

    /// <param name="threads">The caller included.</param>
    public ThreadTeam(int threads)
    {
        Threads = threads;
        _barrier = new Barrier(threads);
        _others = [.. Enumerable.Range(1, threads - 1).Select(part => new Thread(() => Serve(part)) { IsBackground = true, Name = $"team {part}" })];
        foreach (Thread other in _others)
            other.Start();
    }

    public int Threads { get; }

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _barrier.SignalAndWait();
        foreach (Thread other in _others)
            other.Join();
        _barrier.Dispose();
    }

    /// <summary>As of a structure, for work that lives on the heap.</summary>
    internal void Run(ITeamWork work)
    {
        _shared = work;
        Share();
        _shared = null;
        _failure?.Throw();
    }

    internal void Run<T>(ref T work) where T : unmanaged, ITeamWork
    {
        fixed (T* at = &work)
        {
            _work = at;
            _run = &Part<T>;
            Share();
        }
        _failure?.Throw();
    }

    private static void Part<T>(void* work, int part, int parts) where T : unmanaged, ITeamWork => ((T*)work)->Run(part, parts);

    private void Share()
    {
        _failure = null;
        if (Threads > 1)
            _barrier.SignalAndWait();
        RunPart(0);
        if (Threads > 1)
            _barrier.SignalAndWait();
    }

    private void Serve(int part)
    {
        for (; ; )
        {
            _barrier.SignalAndWait();
            if (_isDisposed)
                return;
            RunPart(part);
            _barrier.SignalAndWait();
        }
    }

    private void RunPart(int part)
    {
        try
        {
            if (_shared is not null)
                _shared.Run(part, Threads);
            else
                _run(_work, part, Threads);
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
    }
}
