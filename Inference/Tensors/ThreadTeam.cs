
namespace AnalogAttention.Inference.Tensors;

/// <summary>Work that any number of threads can share; parts may run at once and must not throw.</summary>
internal interface ITeamWork
{
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
    private bool _isDisposed;
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
        _run = null;
        _barrier.SignalAndWait();
        foreach (Thread other in _others)
            other.Join();
        _barrier.Dispose();
    }

    internal void Run<T>(ref T work) where T : unmanaged, ITeamWork
    {
        fixed (T* at = &work)
        {
            if (Threads == 1)
            {
                at->Run(0, 1);
                return;
            }
            _work = at;
            _run = &Part<T>;
            _barrier.SignalAndWait();
            at->Run(0, Threads);
            _barrier.SignalAndWait();
        }
    }

    private static void Part<T>(void* work, int part, int parts) where T : unmanaged, ITeamWork => ((T*)work)->Run(part, parts);

    private void Serve(int part)
    {
        for (; ; )
        {
            _barrier.SignalAndWait();
            if (_run == null)
                return;
            _run(_work, part, Threads);
            _barrier.SignalAndWait();
        }
    }
}
