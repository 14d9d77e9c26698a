using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using MathNet.Numerics.Interpolation;
using MathNet.Numerics.LinearAlgebra;

namespace AnalogAttention.Calibration.Fits;

/// <summary>What the width of a pulse counts for, in a separable fit: t - t0, or a table g(t) over the fitted widths.</summary>
public enum EffectiveWidth { Delayed, Tabulated }

/// <summary>
/// Q = I(V) g(t), I = sum c_i w^i, w = V - offset; g(t) = t - t0, or a table, linear between widths and zero at none, with g(T_max) = T_max.
/// Gauss-Newton on all parameters at once.
/// </summary>
/// <param name="CoefficientsAmperes">c_0 ... c_order in A/V^i.</param>
/// <param name="EffectiveSeconds">g at each fitted width.</param>
/// <param name="Covariance">Of c_0 ... c_order, then of t0 or of g at every width but the last, in seconds.</param>
public sealed record SeparableCharge(EffectiveWidth Width, double OffsetVolts, double[] CoefficientsAmperes, double[] PulseSeconds, double[] EffectiveSeconds, double[][] Covariance)
    : ChargeFit(Name(Width, CoefficientsAmperes.Length - 1, PulseSeconds[^1] - EffectiveSeconds[^1]), Covariance.Length, Covariance)
{
    private const int MostIterations = 50;

    private readonly TransferModel _transfer = new(TransferModel.Polynomial, OffsetVolts, CoefficientsAmperes);
    private readonly LinearSpline _widths = LinearSpline.InterpolateSorted([0, .. PulseSeconds], [0, .. EffectiveSeconds]);

    /// <summary>t0 of t - t0, seconds.</summary>
    public double DelaySeconds => PulseSeconds[^1] - EffectiveSeconds[^1];

    public override double Coulombs(double storeVolts, double pulseSeconds) =>
        _transfer.Amperes(storeVolts) * (Width == EffectiveWidth.Delayed ? pulseSeconds - DelaySeconds : _widths.Interpolate(pulseSeconds));

    /// <exception cref="BadInputException">Too few storage voltages or one width alone, an axis that does not rise, a charge that is no number, or no charge.</exception>
    public static SeparableCharge Of(PulseTable table, double offsetVolts, int order, EffectiveWidth width)
    {
        Check(table, order + 2);
        int columns = table.StoreVolts.Length, rows = table.PulseSeconds.Length, count = columns * rows, terms = order + 1;
        if (rows < 2)
            throw new BadInputException("pulse table: one pulse width, a separable fit needs 2");
        int widths = width == EffectiveWidth.Delayed ? 1 : rows - 1;
        double[] c = PolynomialCharge.Of(table, offsetVolts, order).Fit.Coefficients, g = [.. table.PulseSeconds];

        double[][] covariance = [];
        for (var iteration = 0; ; iteration++)
        {
            var jacobian = Matrix<double>.Build.Dense(count, terms + widths);
            var residual = Vector<double>.Build.Dense(count);
            for (var point = 0; point < count; point++)
            {
                int row = point / columns, column = point % columns;
                double w = table.StoreVolts[column] - offsetVolts, power = 1, current = 0;
                for (var i = 0; i < terms; i++, power *= w)
                {
                    jacobian[point, i] = power * g[row];
                    current += c[i] * power;
                }
                if (width == EffectiveWidth.Delayed)
                    jacobian[point, terms] = -current;
                else if (row < rows - 1)
                    jacobian[point, terms + row] = current;
                residual[point] = table.Coulombs[row, column] - current * g[row];
            }
            var step = LinearLeastSquares.Of(jacobian, residual);
            for (var i = 0; i < terms; i++)
                c[i] += step.Coefficients[i];
            for (var row = 0; row < rows; row++)
                g[row] += width == EffectiveWidth.Delayed ? -step.Coefficients[terms] : row < rows - 1 ? step.Coefficients[terms + row] : 0;
            covariance = step.Covariance;
            // a step of the widths far below the 1 ps that any reader of them sees
            if (step.Coefficients[terms..].Max(Math.Abs) < 1e-9 * table.PulseSeconds[^1])
                return new SeparableCharge(width, offsetVolts, c, table.PulseSeconds, g, covariance);
            if (iteration == MostIterations || g.Any(s => !double.IsFinite(s)))
                throw new BadInputException("pulse table: no product of a current and a width comes near these charges");
        }
    }

    private static string Name(EffectiveWidth width, int order, double delay) => width == EffectiveWidth.Delayed
        ? FormattableString.Invariant($"I(V) (t - t0), order {order}, t0 = {delay * 1e12:f1} ps")
        : $"I(V) g(t), order {order}, g a table";
}
