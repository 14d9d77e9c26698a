namespace AnalogAttention.Simulation.Devices.Behavioural;

/// <summary>
/// Values and derivatives of what formulas are made of, as ngspice's behavioural sources have them. Outside its domain a function goes on
/// smoothly, so that Newton's iteration can come back from there; no solution is accepted where one of them was outside.
/// </summary>
internal static class FormulaFunctions
{
    /// <summary>ngspice's: exp is 1e99 from here on.</summary>
    private const double LargestExponent = 227.9559242;

    /// <summary>ngspice's: what stands for a divisor of 0.</summary>
    private const double SmallestDivisor = 1e-32;

    private const double SteepestSlope = 1e32;

    /// <summary>Below this the logarithm goes on along its tangent.</summary>
    private const double SmallestLogarithm = 1e-30;

    public static (double Value, double Slope, bool IsInside) Unary(in Instruction code, double x) => code.Operation switch
    {
        Operation.Negate => (-x, -1, true),
        Operation.Not or Operation.EqualZero => (x == 0 ? 1 : 0, 0, true),
        Operation.NotEqualZero => (x != 0 ? 1 : 0, 0, true),
        Operation.AboveZero => (x > 0 ? 1 : 0, 0, true),
        Operation.BelowZero => (x < 0 ? 1 : 0, 0, true),
        Operation.NotBelowZero => (x >= 0 ? 1 : 0, 0, true),
        Operation.NotAboveZero => (x <= 0 ? 1 : 0, 0, true),
        Operation.Sin => (Math.Sin(x), Math.Cos(x), true),
        Operation.Cos => (Math.Cos(x), -Math.Sin(x), true),
        Operation.Tan => (Math.Tan(x), 1 / (Math.Cos(x) * Math.Cos(x)), true),
        Operation.Asin => Math.Abs(x) < 1 ? (Math.Asin(x), 1 / Math.Sqrt(1 - x * x), true) : (Math.Sign(x) * (Math.PI / 2) + x - Math.Sign(x), 1, Math.Abs(x) == 1),
        Operation.Acos => Math.Abs(x) < 1 ? (Math.Acos(x), -1 / Math.Sqrt(1 - x * x), true) : (Math.Acos(Math.Sign(x)) - x + Math.Sign(x), -1, Math.Abs(x) == 1),
        Operation.Atan => (Math.Atan(x), 1 / (1 + x * x), true),
        Operation.Sinh => (Math.Sinh(x), Math.Cosh(x), true),
        Operation.Cosh => (Math.Cosh(x), Math.Sinh(x), true),
        Operation.Tanh => (Math.Tanh(x), 1 - Math.Tanh(x) * Math.Tanh(x), true),
        Operation.Asinh => (Math.Asinh(x), 1 / Math.Sqrt(1 + x * x), true),
        Operation.Acosh => x > 1 ? (Math.Acosh(x), 1 / Math.Sqrt(x * x - 1), true) : (x - 1, 1, x == 1),
        Operation.Atanh => Math.Abs(x) < 1 ? (Math.Atanh(x), 1 / (1 - x * x), true) : (Math.Sign(x) * 20 + x - Math.Sign(x), 1, false),
        Operation.Exp => x > LargestExponent ? (1e99, 1e99, true) : (Math.Exp(x), Math.Exp(x), true),
        Operation.Ln => Logarithm(x, 1),
        Operation.Log10 => Logarithm(x, 1 / Math.Log(10)),
        Operation.Sqrt => (Math.Sign(x) * Math.Sqrt(Math.Abs(x)), Math.Min(0.5 / Math.Sqrt(Math.Abs(x)), SteepestSlope), x >= 0),
        Operation.Abs => (Math.Abs(x), Math.Sign(x), true),
        Operation.Floor => (Math.Floor(x), 0, true),
        Operation.Ceil => (Math.Ceiling(x), 0, true),
        Operation.Nint => (Math.Round(x, MidpointRounding.ToEven), 0, true),
        Operation.Sgn => (Math.Sign(x), 0, true),
        Operation.Step => (x > 0 ? 1 : x < 0 ? 0 : 0.5, 0, true),
        Operation.Ramp01 => (Math.Clamp(x, 0, 1), x is > 0 and < 1 ? 1 : 0, true),
        Operation.Ramp => (Math.Max(x, 0), x > 0 ? 1 : 0, true),
        Operation.Lines => Lines(code.X!, code.Y!, x),
        Operation.Table => RoundedTable(code.X!, code.Y!, x),
        _ => throw new InvalidOperationException(code.Operation.ToString()),
    };

    public static (double Value, double ByX, double ByY) Binary(Operation operation, double x, double y)
    {
        switch (operation)
        {
            case Operation.Add:
                return (x + y, 1, 1);
            case Operation.Subtract:
                return (x - y, 1, -1);
            case Operation.Multiply:
                return (x * y, y, x);
            case Operation.Divide:
                y = y == 0 ? SmallestDivisor : y;
                return (x / y, 1 / y, -x / y / y);
            case Operation.Power:
            case Operation.SignedPower:
                var size = y < 0 ? Math.Max(Math.Abs(x), SmallestDivisor) : Math.Abs(x);
                // d|x|^y/dx = y |x|^(y-1) sgn x
                var value = Math.Pow(size, y);
                var slope = Math.Clamp(y == 0 ? 0 : y * Math.Pow(size, y - 1), -SteepestSlope, SteepestSlope);
                var byExponent = size > 0 ? value * Math.Log(size) : 0;
                return operation == Operation.Power ? (value, x < 0 ? -slope : slope, byExponent) : x < 0 ? (-value, slope, -byExponent) : (value, slope, byExponent);
            case Operation.Min:
                return x <= y ? (x, 1, 0) : (y, 0, 1);
            case Operation.Max:
                return x >= y ? (x, 1, 0) : (y, 0, 1);
            default:
                return (operation switch
                {
                    Operation.Less => x < y,
                    Operation.LessOrEqual => x <= y,
                    Operation.Greater => x > y,
                    Operation.GreaterOrEqual => x >= y,
                    Operation.Equal => x == y,
                    Operation.NotEqual => x != y,
                    Operation.And => x != 0 && y != 0,
                    Operation.Or => x != 0 || y != 0,
                    _ => throw new InvalidOperationException(operation.ToString()),
                } ? 1 : 0, 0, 0);
        }
    }

    private static (double, double, bool) Logarithm(double x, double scale) => x >= SmallestLogarithm
        ? (scale * Math.Log(x), scale / x, true)
        : (scale * (Math.Log(SmallestLogarithm) + x / SmallestLogarithm - 1), scale / SmallestLogarithm, x > 0);

    /// <summary>Straight lines; the outer ones go on beyond the points.</summary>
    private static (double, double, bool) Lines(double[] x, double[] y, double at)
    {
        var k = Segment(x, at);
        var slope = (y[k + 1] - y[k]) / (x[k + 1] - x[k]);
        return (y[k] + slope * (at - x[k]), slope, true);
    }

    private static int Segment(double[] x, double at)
    {
        var found = Array.BinarySearch(x, at);
        return Math.Clamp(found >= 0 ? found : ~found - 1, 0, x.Length - 2);
    }

    /// <summary>
    /// Straight lines, constant beyond the points, with corners rounded by a parabola over a tenth of the shorter neighbouring
    /// segment on either side: ngspice's TABLE (its pwl code model with input_domain 0.1, a fraction).
    /// </summary>
    private static (double, double, bool) RoundedTable(double[] x, double[] y, double at)
    {
        const double part = 0.1;
        var last = x.Length - 1;
        double Slope(int segment) => segment < 0 || segment >= last ? 0 : (y[segment + 1] - y[segment]) / (x[segment + 1] - x[segment]);
        double Width(int segment) => segment < 0 || segment >= last ? double.PositiveInfinity : x[segment + 1] - x[segment];
        var k = Segment(x, at);
        var corner = at < (x[k] + x[k + 1]) / 2 ? k : k + 1;
        var half = part * Math.Min(Width(corner - 1), Width(corner));
        double before = Slope(corner - 1), after = Slope(corner), offset = at - x[corner];
        if (Math.Abs(offset) >= half)
            return (y[corner] + (offset < 0 ? before : after) * offset, offset < 0 ? before : after, true);
        var bend = (after - before) / (4 * half);
        return (y[corner] + before * offset + bend * (offset + half) * (offset + half), before + 2 * bend * (offset + half), true);
    }
}
