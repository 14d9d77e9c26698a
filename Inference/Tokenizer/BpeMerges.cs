namespace AnalogAttention.Inference.Tokenizer;

/// <summary>
/// Byte-pair merges (Sennrich et al. 2016): of all neighbours the pair of lowest rank, leftmost first, becomes one symbol, until none is
/// left. A heap of candidate pairs over a linked list takes n log n for a word of n bytes, however long.
/// </summary>
internal sealed class BpeMerges
{
    private readonly Dictionary<(int Left, int Right), (int Rank, int Merged)> _merges = [];

    public int Count => _merges.Count;

    public bool TryAdd(int left, int right, int merged) => _merges.TryAdd((left, right), (_merges.Count, merged));

    /// <param name="symbols">One symbol per byte of the word.</param>
    /// <param name="tokens">Receives what is left.</param>
    public void Apply(ReadOnlySpan<int> symbols, List<int> tokens)
    {
        int n = symbols.Length;
        int[] symbol = symbols.ToArray(), next = new int[n], previous = new int[n];
        var candidates = new PriorityQueue<(int At, int Left, int Right, int Merged), (int Rank, int At)>();
        for (var i = 0; i < n; i++)
        {
            next[i] = i + 1 < n ? i + 1 : -1;
            previous[i] = i - 1;
        }
        for (var i = 0; i + 1 < n; i++)
            Offer(i);
        while (candidates.TryDequeue(out (int At, int Left, int Right, int Merged) pair, out _))
        {
            int at = pair.At, right = next[at];
            if (symbol[at] != pair.Left || right < 0 || symbol[right] != pair.Right)
                continue;                                                         // one of the two was merged meanwhile
            symbol[at] = pair.Merged;
            symbol[right] = -1;
            next[at] = next[right];
            if (next[at] >= 0)
            {
                previous[next[at]] = at;
                Offer(at);
            }
            if (previous[at] >= 0)
                Offer(previous[at]);
        }
        for (var i = 0; i >= 0 && i < n; i = next[i])
            tokens.Add(symbol[i]);

        void Offer(int at)
        {
            if (_merges.TryGetValue((symbol[at], symbol[next[at]]), out (int Rank, int Merged) merge))
                candidates.Enqueue((at, symbol[at], symbol[next[at]], merge.Merged), (merge.Rank, at));
        }
    }
}
