using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AnalogAttention.Inference.Tensors;

/// <summary>
/// Register tiles of the product for 512-bit vectors: 12 x 32 fills 24 accumulators, two rows of B and one broadcast of A. Written
/// out, since accumulators in an array would live in memory.
/// </summary>
internal static unsafe class Tiles512<T> where T : struct, IPanelRow
{
    private const int CacheLine = 64;

    /// <param name="ahead">What is read soon: one line of the cache per step is fetched from there on.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows12(float* a, nint aStride, byte* b, byte* ahead, int inner, float* c0, nint c0Stride, float* c, nint cStride)
    {
        Vector512<float> s0 = Vector512.Load(c0), t0 = Vector512.Load(c0 + 16);
        Vector512<float> s1 = Vector512.Load(c0 + c0Stride), t1 = Vector512.Load(c0 + c0Stride + 16);
        Vector512<float> s2 = Vector512.Load(c0 + 2 * c0Stride), t2 = Vector512.Load(c0 + 2 * c0Stride + 16);
        Vector512<float> s3 = Vector512.Load(c0 + 3 * c0Stride), t3 = Vector512.Load(c0 + 3 * c0Stride + 16);
        Vector512<float> s4 = Vector512.Load(c0 + 4 * c0Stride), t4 = Vector512.Load(c0 + 4 * c0Stride + 16);
        Vector512<float> s5 = Vector512.Load(c0 + 5 * c0Stride), t5 = Vector512.Load(c0 + 5 * c0Stride + 16);
        Vector512<float> s6 = Vector512.Load(c0 + 6 * c0Stride), t6 = Vector512.Load(c0 + 6 * c0Stride + 16);
        Vector512<float> s7 = Vector512.Load(c0 + 7 * c0Stride), t7 = Vector512.Load(c0 + 7 * c0Stride + 16);
        Vector512<float> s8 = Vector512.Load(c0 + 8 * c0Stride), t8 = Vector512.Load(c0 + 8 * c0Stride + 16);
        Vector512<float> s9 = Vector512.Load(c0 + 9 * c0Stride), t9 = Vector512.Load(c0 + 9 * c0Stride + 16);
        Vector512<float> s10 = Vector512.Load(c0 + 10 * c0Stride), t10 = Vector512.Load(c0 + 10 * c0Stride + 16);
        Vector512<float> s11 = Vector512.Load(c0 + 11 * c0Stride), t11 = Vector512.Load(c0 + 11 * c0Stride + 16);
        float* a3 = a + 3 * aStride;
        float* a6 = a + 6 * aStride;
        float* a9 = a + 9 * aStride;
        for (var k = 0; k < inner; k++, b += T.Bytes, ahead += CacheLine)
        {
            Sse.Prefetch1(ahead);
            T.Load(b, out Vector512<float> b0, out Vector512<float> b1);
            Vector512<float> x;
            x = Vector512.Create(a[k]);
            s0 = Vector512.FusedMultiplyAdd(x, b0, s0);
            t0 = Vector512.FusedMultiplyAdd(x, b1, t0);
            x = Vector512.Create(a[aStride + k]);
            s1 = Vector512.FusedMultiplyAdd(x, b0, s1);
            t1 = Vector512.FusedMultiplyAdd(x, b1, t1);
            x = Vector512.Create(a[2 * aStride + k]);
            s2 = Vector512.FusedMultiplyAdd(x, b0, s2);
            t2 = Vector512.FusedMultiplyAdd(x, b1, t2);
            x = Vector512.Create(a3[k]);
            s3 = Vector512.FusedMultiplyAdd(x, b0, s3);
            t3 = Vector512.FusedMultiplyAdd(x, b1, t3);
            x = Vector512.Create(a3[aStride + k]);
            s4 = Vector512.FusedMultiplyAdd(x, b0, s4);
            t4 = Vector512.FusedMultiplyAdd(x, b1, t4);
            x = Vector512.Create(a3[2 * aStride + k]);
            s5 = Vector512.FusedMultiplyAdd(x, b0, s5);
            t5 = Vector512.FusedMultiplyAdd(x, b1, t5);
            x = Vector512.Create(a6[k]);
            s6 = Vector512.FusedMultiplyAdd(x, b0, s6);
            t6 = Vector512.FusedMultiplyAdd(x, b1, t6);
            x = Vector512.Create(a6[aStride + k]);
            s7 = Vector512.FusedMultiplyAdd(x, b0, s7);
            t7 = Vector512.FusedMultiplyAdd(x, b1, t7);
            x = Vector512.Create(a6[2 * aStride + k]);
            s8 = Vector512.FusedMultiplyAdd(x, b0, s8);
            t8 = Vector512.FusedMultiplyAdd(x, b1, t8);
            x = Vector512.Create(a9[k]);
            s9 = Vector512.FusedMultiplyAdd(x, b0, s9);
            t9 = Vector512.FusedMultiplyAdd(x, b1, t9);
            x = Vector512.Create(a9[aStride + k]);
            s10 = Vector512.FusedMultiplyAdd(x, b0, s10);
            t10 = Vector512.FusedMultiplyAdd(x, b1, t10);
            x = Vector512.Create(a9[2 * aStride + k]);
            s11 = Vector512.FusedMultiplyAdd(x, b0, s11);
            t11 = Vector512.FusedMultiplyAdd(x, b1, t11);
        }
        s0.Store(c);
        t0.Store(c + 16);
        s1.Store(c + cStride);
        t1.Store(c + cStride + 16);
        s2.Store(c + 2 * cStride);
        t2.Store(c + 2 * cStride + 16);
        s3.Store(c + 3 * cStride);
        t3.Store(c + 3 * cStride + 16);
        s4.Store(c + 4 * cStride);
        t4.Store(c + 4 * cStride + 16);
        s5.Store(c + 5 * cStride);
        t5.Store(c + 5 * cStride + 16);
        s6.Store(c + 6 * cStride);
        t6.Store(c + 6 * cStride + 16);
        s7.Store(c + 7 * cStride);
        t7.Store(c + 7 * cStride + 16);
        s8.Store(c + 8 * cStride);
        t8.Store(c + 8 * cStride + 16);
        s9.Store(c + 9 * cStride);
        t9.Store(c + 9 * cStride + 16);
        s10.Store(c + 10 * cStride);
        t10.Store(c + 10 * cStride + 16);
        s11.Store(c + 11 * cStride);
        t11.Store(c + 11 * cStride + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows4(float* a, nint aStride, byte* b, int inner, float* c0, nint c0Stride, float* c, nint cStride)
    {
        Vector512<float> s0 = Vector512.Load(c0), t0 = Vector512.Load(c0 + 16);
        Vector512<float> s1 = Vector512.Load(c0 + c0Stride), t1 = Vector512.Load(c0 + c0Stride + 16);
        Vector512<float> s2 = Vector512.Load(c0 + 2 * c0Stride), t2 = Vector512.Load(c0 + 2 * c0Stride + 16);
        Vector512<float> s3 = Vector512.Load(c0 + 3 * c0Stride), t3 = Vector512.Load(c0 + 3 * c0Stride + 16);
        float* a3 = a + 3 * aStride;
        for (var k = 0; k < inner; k++, b += T.Bytes)
        {
            T.Load(b, out Vector512<float> b0, out Vector512<float> b1);
            Vector512<float> x;
            x = Vector512.Create(a[k]);
            s0 = Vector512.FusedMultiplyAdd(x, b0, s0);
            t0 = Vector512.FusedMultiplyAdd(x, b1, t0);
            x = Vector512.Create(a[aStride + k]);
            s1 = Vector512.FusedMultiplyAdd(x, b0, s1);
            t1 = Vector512.FusedMultiplyAdd(x, b1, t1);
            x = Vector512.Create(a[2 * aStride + k]);
            s2 = Vector512.FusedMultiplyAdd(x, b0, s2);
            t2 = Vector512.FusedMultiplyAdd(x, b1, t2);
            x = Vector512.Create(a3[k]);
            s3 = Vector512.FusedMultiplyAdd(x, b0, s3);
            t3 = Vector512.FusedMultiplyAdd(x, b1, t3);
        }
        s0.Store(c);
        t0.Store(c + 16);
        s1.Store(c + cStride);
        t1.Store(c + cStride + 16);
        s2.Store(c + 2 * cStride);
        t2.Store(c + 2 * cStride + 16);
        s3.Store(c + 3 * cStride);
        t3.Store(c + 3 * cStride + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows1(float* a, byte* b, int inner, float* c0, float* c)
    {
        Vector512<float> s = Vector512.Load(c0), t = Vector512.Load(c0 + 16);
        for (var k = 0; k < inner; k++, b += T.Bytes)
        {
            Vector512<float> x = Vector512.Create(a[k]);
            T.Load(b, out Vector512<float> b0, out Vector512<float> b1);
            s = Vector512.FusedMultiplyAdd(x, b0, s);
            t = Vector512.FusedMultiplyAdd(x, b1, t);
        }
        s.Store(c);
        t.Store(c + 16);
    }

    /// <summary>One row against four panels that lie <paramref name="panelStride"/> bytes apart: eight chains hide the latency of the multiply-add.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows1Panels4(float* a, byte* b, nint panelStride, int inner, float* c0, float* c)
    {
        Vector512<float> s0 = Vector512.Load(c0), t0 = Vector512.Load(c0 + 16), s1 = Vector512.Load(c0 + 32), t1 = Vector512.Load(c0 + 48);
        Vector512<float> s2 = Vector512.Load(c0 + 64), t2 = Vector512.Load(c0 + 80), s3 = Vector512.Load(c0 + 96), t3 = Vector512.Load(c0 + 112);
        byte* b1 = b + panelStride, b2 = b1 + panelStride, b3 = b2 + panelStride;
        for (nint k = 0, at = 0; k < inner; k++, at += T.Bytes)
        {
            Vector512<float> x = Vector512.Create(a[k]);
            T.Load(b + at, out Vector512<float> low, out Vector512<float> high);
            s0 = Vector512.FusedMultiplyAdd(x, low, s0);
            t0 = Vector512.FusedMultiplyAdd(x, high, t0);
            T.Load(b1 + at, out low, out high);
            s1 = Vector512.FusedMultiplyAdd(x, low, s1);
            t1 = Vector512.FusedMultiplyAdd(x, high, t1);
            T.Load(b2 + at, out low, out high);
            s2 = Vector512.FusedMultiplyAdd(x, low, s2);
            t2 = Vector512.FusedMultiplyAdd(x, high, t2);
            T.Load(b3 + at, out low, out high);
            s3 = Vector512.FusedMultiplyAdd(x, low, s3);
            t3 = Vector512.FusedMultiplyAdd(x, high, t3);
        }
        s0.Store(c);
        t0.Store(c + 16);
        s1.Store(c + 32);
        t1.Store(c + 48);
        s2.Store(c + 64);
        t2.Store(c + 80);
        s3.Store(c + 96);
        t3.Store(c + 112);
    }

    /// <summary>As <see cref="Rows1Panels4"/>, two panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows1Panels2(float* a, byte* b, nint panelStride, int inner, float* c0, float* c)
    {
        Vector512<float> s0 = Vector512.Load(c0), t0 = Vector512.Load(c0 + 16), s1 = Vector512.Load(c0 + 32), t1 = Vector512.Load(c0 + 48);
        byte* b1 = b + panelStride;
        for (nint k = 0, at = 0; k < inner; k++, at += T.Bytes)
        {
            Vector512<float> x = Vector512.Create(a[k]);
            T.Load(b + at, out Vector512<float> low, out Vector512<float> high);
            s0 = Vector512.FusedMultiplyAdd(x, low, s0);
            t0 = Vector512.FusedMultiplyAdd(x, high, t0);
            T.Load(b1 + at, out low, out high);
            s1 = Vector512.FusedMultiplyAdd(x, low, s1);
            t1 = Vector512.FusedMultiplyAdd(x, high, t1);
        }
        s0.Store(c);
        t0.Store(c + 16);
        s1.Store(c + 32);
        t1.Store(c + 48);
    }
}
