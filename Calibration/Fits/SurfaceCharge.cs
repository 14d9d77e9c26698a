using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using MathNet.Numerics.LinearAlgebra;

namespace AnalogAttention.Calibration.Fits;

/// <summary>Q = sum c_ik w^i (t / T)^k, i = 0 ... order, k = 1 ... width order, w = V - offset: the full surface over both, zero without a pulse.</summary>
/// <param name="FullPulseSeconds">T, the longest width of the fitted table.</param>
/// <param name="CoefficientsCoulombs">[i, k - 1] in C/V^i.</param>
/// <param name="Covariance">Of c_01, c_02 ... c_11, c_12 ...: k runs fastest.</param>
public sealed record SurfaceCharge(double OffsetVolts, double FullPulseSeconds, double[,] CoefficientsCoulombs, double[][] Covariance)
    : ChargeFit($"surface, order {CoefficientsCoulombs.GetLength(0) - 1} in V, {CoefficientsCoulombs.GetLength(1)} in t", CoefficientsCoulombs.Length, Covariance)
{
    public override double Coulombs(double storeVolts, double pulseSeconds)
    {
        double w = storeVolts - OffsetVolts, x = pulseSeconds / FullPulseSeconds, sum = 0;
        for (var i = CoefficientsCoulombs.GetLength(0) - 1; i >= 0; i--)
        {
            double inner = 0;
            for (var k = CoefficientsCoulombs.GetLength(1) - 1; k >= 0; k--)
                inner = (inner + CoefficientsCoulombs[i, k]) * x;
            sum = sum * w + inner;
        }
        return sum;
    }

    /// <exception cref="BadInputException">Too few storage voltages or widths, an axis that does not rise, or a charge that is no number.</exception>
    public static SurfaceCharge Of(PulseTable table, double offsetVolts, int order, int widthOrder)
    {
        Check(table, order + 2);
        int columns = table.StoreVolts.Length, rows = table.PulseSeconds.Length, terms = (order + 1) * widthOrder;
        if (rows < widthOrder)
            throw new BadInputException($"pulse table: {rows} pulse widths, the fit needs {widthOrder}");
        double full = table.PulseSeconds[^1];
        var design = Matrix<double>.Build.Dense(rows * columns, terms, (point, term) =>
            Math.Pow(table.StoreVolts[point % columns] - offsetVolts, term / widthOrder) * Math.Pow(table.PulseSeconds[point / columns] / full, 1 + term % widthOrder));
        var fit = LinearLeastSquares.Of(design, Vector<double>.Build.Dense(rows * columns, point => table.Coulombs[point / columns, point % columns]));
        var coefficients = new double[order + 1, widthOrder];
        for (var term = 0; term < terms; term++)
            coefficients[term / widthOrder, term % widthOrder] = fit.Coefficients[term];
        return new SurfaceCharge(offsetVolts, full, coefficients, fit.Covariance);
    }
}
