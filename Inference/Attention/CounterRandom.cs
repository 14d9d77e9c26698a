namespace AnalogAttention.Inference.Attention;

/// <summary>What random numbers stand for; each draws from a stream of its own.</summary>
internal enum RandomStream : uint { Mismatch, StuckCells, WriteNoise, FlickerNoise, ReadNoise, ScorePeriphery, OutputPeriphery }

/// <summary>
/// The counter-based generator Philox 4x32-10 (Salmon et al., SC 2011): a number is a function of the key and a place alone, so nothing is stored and
/// neither order nor threads move it.
/// </summary>
internal readonly record struct CounterRandom(uint Key0, uint Key1)
{
    /// <param name="sequence">0 for what stays as it is from sequence to sequence.</param>
    public static CounterRandom Of(long seed, RandomStream stream, long sequence = 0)
    {
        var (a, b, _, _) = Philox((uint)seed, (uint)(seed >> 32), (uint)stream, (uint)sequence, (uint)(sequence >> 32), 0);
        return new CounterRandom(a, b);
    }

    /// <summary>Four independent standard normals: Box and Muller, Ann. Math. Stat. 29, 610 (1958).</summary>
    public (double, double, double, double) Normals(uint c0, uint c1, uint c2, uint c3)
    {
        var (a, b, c, d) = Philox(Key0, Key1, c0, c1, c2, c3);
        double r0 = Math.Sqrt(-2 * Math.Log(Unit(a))), r1 = Math.Sqrt(-2 * Math.Log(Unit(c)));
        var (sin0, cos0) = Math.SinCos(Math.Tau * Unit(b));
        var (sin1, cos1) = Math.SinCos(Math.Tau * Unit(d));
        return (r0 * cos0, r0 * sin0, r1 * cos1, r1 * sin1);
    }

    /// <summary>Number n of a row of standard normals, four of which come from one counter.</summary>
    public double Normal(int n, uint c1, uint c2, uint c3)
    {
        var four = Normals((uint)n / 4, c1, c2, c3);
        return (n % 4) switch { 0 => four.Item1, 1 => four.Item2, 2 => four.Item3, _ => four.Item4 };
    }

    /// <summary>Numbers 0, 1 ... of a row, as <see cref="Normal"/>.</summary>
    public void Fill(Span<float> row, uint c1, uint c2, uint c3)
    {
        for (var n = 0; n < row.Length; n += 4)
        {
            var four = Normals((uint)n / 4, c1, c2, c3);
            row[n] = (float)four.Item1;
            if (n + 1 < row.Length)
                row[n + 1] = (float)four.Item2;
            if (n + 2 < row.Length)
                row[n + 2] = (float)four.Item3;
            if (n + 3 < row.Length)
                row[n + 3] = (float)four.Item4;
        }
    }

    /// <summary>In (0, 1).</summary>
    public double Uniform(uint c0, uint c1, uint c2, uint c3) => Unit(Philox(Key0, Key1, c0, c1, c2, c3).Item1);

    private static double Unit(uint x) => (x + 0.5) / 4294967296.0;

    internal static (uint, uint, uint, uint) Philox(uint k0, uint k1, uint c0, uint c1, uint c2, uint c3)
    {
        for (var round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53UL * c0, p1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return (c0, c1, c2, c3);
    }
}
