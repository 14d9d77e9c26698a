using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using AnalogAttention.Circuits;

namespace AnalogAttention.Studies.Sweeps;

public enum Sampling
{
    Random,
    LatinHypercube,
    Sobol,
}

/// <summary>
/// Samples of a plan. A draw is a function of the seed, the dimension's name and the sample's number alone: the order of work, other dimensions,
/// corners, temperatures and axes do not move it. Of Sobol's sequence the dimension's rank counts as well: parameters of the die by name, then those
/// that the deck adds (<see cref="Over"/>) by name.
/// </summary>
/// <param name="Mismatch">Instances whose transistors are drawn one by one; empty: every transistor; null: none.</param>
/// <param name="Die">Top-level parameters, one draw per sample.</param>
public sealed record MonteCarlo(int Samples, long Seed, Sampling Sampling, IReadOnlyList<string>? Mismatch, IReadOnlyDictionary<string, Distribution> Die)
{
    private const int FeistelRounds = 8, Digits = 52;

    private Dictionary<string, int> Ranks { get; init; } = Ranked(Die.Keys, []);

    /// <summary>As plans spell them.</summary>
    public static IReadOnlyDictionary<string, Sampling> Samplings { get; } =
        new Dictionary<string, Sampling> { ["random"] = Sampling.Random, ["latin-hypercube"] = Sampling.LatinHypercube, ["sobol"] = Sampling.Sobol };

    /// <summary>Distributions by <c>SUBCIRCUIT.PARAMETER</c>: one draw per sample for every physical instance.</summary>
    public IReadOnlyDictionary<string, Distribution> Instances { get; init; } = new SortedDictionary<string, Distribution>();

    /// <summary>Where the samples are asked for, <c>path:line:column</c>.</summary>
    public string Place { get; init; } = "";

    /// <summary>The samples with the dimensions that the deck adds to those of the die.</summary>
    /// <exception cref="BadInputException">There are more dimensions than direction numbers.</exception>
    public MonteCarlo Over(IReadOnlyCollection<string> dimensions)
    {
        int count = Die.Count + dimensions.Count;
        if (Sampling == Sampling.Sobol && count > SobolSequence.Dimensions)
            throw new BadInputException($"{Place}: {count} dimensions are drawn, sobol has {SobolSequence.Dimensions}: draw fewer, or take latin-hypercube");
        return this with { Ranks = Ranked(Die.Keys, dimensions) };
    }

    /// <summary>Uniform on 0 ... 1, ends excluded.</summary>
    /// <param name="sample">0 ... Samples - 1.</param>
    public double Probability(string dimension, int sample)
    {
        if (Sampling == Sampling.Sobol)
        {
            // a digital shift: digits of the point and of one random number per dimension added modulo 2 (L'Ecuyer, Lemieux, in Modeling Uncertainty, 2002)
            ulong point = (ulong)SobolSequence.At(Ranks[dimension], (uint)sample) << (Digits - SobolSequence.Bits);
            return Centred(point ^ Hash($"{Seed} {dimension} shift") >> (64 - Digits));
        }
        double u = Centred(Hash($"{Seed} {dimension} {sample}") >> (64 - Digits));
        return Sampling == Sampling.Random ? u : Math.Min((Stratum(Hash($"{Seed} {dimension} stratum"), sample) + u) / Samples, double.BitDecrement(1));
    }

    /// <summary>52 digits and a half: exact in double precision, never 0, never 1.</summary>
    private static double Centred(ulong digits) => (digits + 0.5) / (1UL << Digits);

    private static Dictionary<string, int> Ranked(IEnumerable<string> die, IEnumerable<string> deck) =>
        die.Order(StringComparer.Ordinal).Concat(deck.Order(StringComparer.Ordinal)).Select((name, rank) => (name, rank)).ToDictionary(d => d.name, d => d.rank);

    /// <summary>A permutation of 0 ... Samples - 1: a Feistel network walked until it is back in range (Black, Rogaway, CT-RSA 2002).</summary>
    private long Stratum(ulong key, int sample)
    {
        int half = Math.Max(1, (BitOperations.Log2((uint)Math.Max(1, Samples - 1)) + 2) / 2);
        uint mask = (1u << half) - 1;
        ulong value = (ulong)sample;
        do
        {
            uint left = (uint)(value >> half), right = (uint)value & mask;
            for (var round = 0; round < FeistelRounds; round++)
                (left, right) = (right, left ^ ((uint)Mixed((key + (ulong)round) ^ ((ulong)right << 32)) & mask));
            value = (ulong)left << half | right;
        }
        while (value >= (ulong)Samples);
        return (long)value;
    }

    /// <summary>SplitMix64's finaliser (Steele, Lea, Flood, OOPSLA 2014).</summary>
    private static ulong Mixed(ulong x)
    {
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
        x = (x ^ x >> 27) * 0x94d049bb133111eb;
        return x ^ x >> 31;
    }

    private static ulong Hash(string text) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
