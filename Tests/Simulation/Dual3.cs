using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AnalogAttention.Tests.Simulation;

/// <summary>
/// A value and its partial derivatives with respect to three variables (forward-mode differentiation), lanes
/// (value, d/dx0, d/dx1, d/dx2): device equations are written once and yield an exact Jacobian.
/// </summary>
internal readonly struct Dual3(Vector256<double> lanes)
{
    private readonly Vector256<double> _lanes = lanes;

    public static Dual3 Variable(double value, int index) =>
        new(Vector256.Create(value, index == 0 ? 1 : 0, index == 1 ? 1 : 0, index == 2 ? 1 : 0));

    public static implicit operator Dual3(double constant) => new(Vector256.CreateScalar(constant));

    public double Value => _lanes.ToScalar();

    /// <summary>Partial derivative by variable 0, 1 or 2.</summary>
    public double this[int variable] => _lanes.GetElement(variable + 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual3 operator +(Dual3 a, Dual3 b) => new(a._lanes + b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual3 operator -(Dual3 a, Dual3 b) => new(a._lanes - b._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual3 operator -(Dual3 a) => new(-a._lanes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual3 operator *(Dual3 a, double b) => new(a._lanes * b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual3 operator *(double a, Dual3 b) => new(b._lanes * a);

    // (a, a') (b, b') = (ab, a b' + b a'): the value lane of a' is zeroed so that it is not counted twice.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual3 operator *(Dual3 a, Dual3 b) => new(b._lanes * a.Value + a._lanes.WithElement(0, 0.0) * b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual3 operator /(Dual3 a, Dual3 b) => a * Chain(b, 1 / b.Value, -1 / (b.Value * b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual3 operator /(Dual3 a, double b) => new(a._lanes / b);

    public static Dual3 Sqrt(Dual3 a)
    {
        var root = Math.Sqrt(a.Value);
        return Chain(a, root, 0.5 / root);
    }

    public static Dual3 Log(Dual3 a) => Chain(a, Math.Log(a.Value), 1 / a.Value);

    public static Dual3 Square(Dual3 a) => Chain(a, a.Value * a.Value, 2 * a.Value);

    /// <summary>ln(1 + exp(x)), finite for every x.</summary>
    public static Dual3 SoftPlus(Dual3 x)
    {
        var e = Math.Exp(-Math.Abs(x.Value));
        var logistic = x.Value >= 0 ? 1 / (1 + e) : e / (1 + e);
        return Chain(x, Math.Max(x.Value, 0) + LogOnePlus(e), logistic);
    }

    /// <summary>f(a) from its value and slope at a (chain rule).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual3 Chain(Dual3 a, double value, double slope) => new((a._lanes * slope).WithElement(0, value));

    // ln(1 + e) accurate for small e, where 1 + e rounds: Goldberg 1991, theorem 4.
    private static double LogOnePlus(double e)
    {
        var u = 1 + e;
        return u == 1 ? e : Math.Log(u) * e / (u - 1);
    }
}
