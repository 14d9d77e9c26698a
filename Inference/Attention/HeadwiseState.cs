using System.Runtime.Intrinsics.X86;
using AnalogAttention.Inference.Tensors;

namespace AnalogAttention.Inference.Attention;

/// <summary>Attention whose heads know nothing of each other: each is the work of one thread.</summary>
internal abstract unsafe class HeadwiseState(AttentionGeometry geometry, ThreadTeam? team) : IAttentionState, ITeamWork
{
    private int _layer, _position, _rows;
    private float* _qkv, _output;

    protected AttentionGeometry Geometry { get; } = geometry;

    protected int Threads { get; } = team?.Threads ?? 1;

    public abstract AttentionCounts Counts { get; }

    public virtual void Begin(long sequence)
    {
    }

    public void Attend(int layer, int position, ReadOnlySpan<float> qkv, int rows, Span<float> output)
    {
        int width = Geometry.Heads * Geometry.HeadSize;
        if (qkv.Length < rows * 3 * width || output.Length < rows * width)
            throw new ArgumentException("a span is too short for the stated rows");
        fixed (float* from = qkv, to = output)
        {
            (_layer, _position, _rows) = (layer, position, rows);
            _qkv = from;
            _output = to;
            if (team is null)
                ((ITeamWork)this).Run(0, 1);
            else
                team.Run(this);
        }
    }

    void ITeamWork.Run(int part, int parts)
    {
        int width = Geometry.Heads * Geometry.HeadSize;
        ReadOnlySpan<float> qkv = new(_qkv, _rows * 3 * width);
        Span<float> output = new(_output, _rows * width);
        for (int head = Geometry.Heads * part / parts; head < Geometry.Heads * (part + 1) / parts; head++)
            AttendHead(part, _layer, head, _position, qkv, _rows, output);
    }

    /// <param name="thread">Whose buffers to use, 0 ... threads - 1.</param>
    /// <param name="qkv">Of all heads, shape (rows, 3 x width).</param>
    /// <param name="output">Of all heads, shape (rows, width); this one's columns are written.</param>
    protected abstract void AttendHead(int thread, int layer, int head, int position, ReadOnlySpan<float> qkv, int rows, Span<float> output);

    /// <summary>How far ahead a row is asked for: rows lie too far apart for the processor to guess.</summary>
    protected const int RowsAhead = 6;

    /// <summary>Asks for one head's q, k and v of a row, if there is one.</summary>
    protected void Prefetch(ReadOnlySpan<float> qkv, int rows, int row, int head)
    {
        const int floatsPerLine = 16;
        if (!Sse.IsSupported || row >= rows)
            return;
        int d = Geometry.HeadSize, width = Geometry.Heads * d;
        fixed (float* first = qkv)
            for (var part = 0; part < 3; part++)
                for (var i = 0; i < d; i += floatsPerLine)
                    Sse.Prefetch0(first + ((nint)row * 3 + part) * width + head * d + i);
    }
}
