using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace AnalogAttention.Studies.Sweeps;

public enum Sampling
{
    Random,
    LatinHypercube,
}

/// <summary>
/// Samples of a plan. A draw is a function of the seed, the dimension's name and the sample's number alone: the order of work, other dimensions,
/// corners, temperatures and axes do not move it.
/// </summary>
/// <param name="Mismatch">Instances whose transistors are drawn one by one; empty: every transistor; null: none.</param>
/// <param name="Die">Top-level parameters, one draw per sample.</param>
public sealed record MonteCarlo(int Samples, long Seed, Sampling Sampling, IReadOnlyList<string>? Mismatch, IReadOnlyDictionary<string, Distribution> Die)
{
    private const int FeistelRounds = 8;

    /// <summary>Uniform on 0 ... 1, ends excluded.</summary>
    /// <param name="sample">0 ... Samples - 1.</param>
    public double Probability(string dimension, int sample)
    {
        ulong bits = Hash($"{Seed} {dimension} {sample}");
        // 52 bits and a half: exact in double precision, never 0, never 1
        double u = ((bits >> 12) + 0.5) / (1UL << 52);
        return Sampling == Sampling.Random ? u : Math.Min((Stratum(Hash($"{Seed} {dimension} stratum"), sample) + u) / Samples, double.BitDecrement(1));
    }

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
