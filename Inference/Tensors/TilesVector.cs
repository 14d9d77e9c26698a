using System.Numerics;
using System.Runtime.CompilerServices;

namespace AnalogAttention.Inference.Tensors;

/// <summary>Tiles of the product for the machine's own vector width (AVX2, NEON): 32 columns in groups of four vectors.</summary>
internal static class TilesVector
{
    /// <summary>Four vectors make up whole panels: vectors of 128 and 256 bits.</summary>
    public static bool Fits => PackedMatrix.PanelWidth % (4 * Vector<float>.Count) == 0;
}

/// <inheritdoc cref="TilesVector"/>
internal static unsafe class TilesVector<T> where T : struct, IPanelRow
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows2(float* a, nint aStride, byte* b, int inner, float* c0, nint c0Stride, float* c, nint cStride)
    {
        int w = Vector<float>.Count;
        for (var n = 0; n < PackedMatrix.PanelWidth; n += 4 * w)
        {
            Vector<float> s0 = Vector.Load(c0 + n), s1 = Vector.Load(c0 + n + w), s2 = Vector.Load(c0 + n + 2 * w), s3 = Vector.Load(c0 + n + 3 * w);
            float* d0 = c0 + c0Stride + n;
            Vector<float> t0 = Vector.Load(d0), t1 = Vector.Load(d0 + w), t2 = Vector.Load(d0 + 2 * w), t3 = Vector.Load(d0 + 3 * w);
            byte* p = b;
            for (var k = 0; k < inner; k++, p += T.Bytes)
            {
                Vector<float> b0 = T.Load(p, n), b1 = T.Load(p, n + w), b2 = T.Load(p, n + 2 * w), b3 = T.Load(p, n + 3 * w);
                var x = new Vector<float>(a[k]);
                var y = new Vector<float>(a[aStride + k]);
                s0 = Vector.FusedMultiplyAdd(x, b0, s0);
                s1 = Vector.FusedMultiplyAdd(x, b1, s1);
                s2 = Vector.FusedMultiplyAdd(x, b2, s2);
                s3 = Vector.FusedMultiplyAdd(x, b3, s3);
                t0 = Vector.FusedMultiplyAdd(y, b0, t0);
                t1 = Vector.FusedMultiplyAdd(y, b1, t1);
                t2 = Vector.FusedMultiplyAdd(y, b2, t2);
                t3 = Vector.FusedMultiplyAdd(y, b3, t3);
            }
            s0.Store(c + n);
            s1.Store(c + n + w);
            s2.Store(c + n + 2 * w);
            s3.Store(c + n + 3 * w);
            float* e = c + cStride + n;
            t0.Store(e);
            t1.Store(e + w);
            t2.Store(e + 2 * w);
            t3.Store(e + 3 * w);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows1(float* a, byte* b, int inner, float* c0, float* c)
    {
        int w = Vector<float>.Count;
        for (var n = 0; n < PackedMatrix.PanelWidth; n += 4 * w)
        {
            Vector<float> s0 = Vector.Load(c0 + n), s1 = Vector.Load(c0 + n + w), s2 = Vector.Load(c0 + n + 2 * w), s3 = Vector.Load(c0 + n + 3 * w);
            byte* p = b;
            for (var k = 0; k < inner; k++, p += T.Bytes)
            {
                var x = new Vector<float>(a[k]);
                s0 = Vector.FusedMultiplyAdd(x, T.Load(p, n), s0);
                s1 = Vector.FusedMultiplyAdd(x, T.Load(p, n + w), s1);
                s2 = Vector.FusedMultiplyAdd(x, T.Load(p, n + 2 * w), s2);
                s3 = Vector.FusedMultiplyAdd(x, T.Load(p, n + 3 * w), s3);
            }
            s0.Store(c + n);
            s1.Store(c + n + w);
            s2.Store(c + n + 2 * w);
            s3.Store(c + n + 3 * w);
        }
    }
}
