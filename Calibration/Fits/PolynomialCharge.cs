using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;

namespace AnalogAttention.Calibration.Fits;

/// <summary>Q = I(V) t, I = sum c_i w^i, w = V - offset: one current per stored value, whatever the width. Covariance as of <see cref="PolynomialFit"/>.</summary>
public sealed record PolynomialCharge(double OffsetVolts, int Order, PolynomialTerms Terms, PolynomialFit Fit)
    : ChargeFit(Name(Order, Terms), PolynomialFit.Powers(Order, Terms).Length, Fit.Covariance)
{
    private readonly TransferModel _transfer = new(TransferModel.Polynomial, OffsetVolts, Fit.Coefficients);

    public override double Coulombs(double storeVolts, double pulseSeconds) => _transfer.Amperes(storeVolts) * pulseSeconds;

    /// <exception cref="BadInputException">Too few storage voltages, an axis that does not rise, or a charge that is no number.</exception>
    public static PolynomialCharge Of(PulseTable table, double offsetVolts, int order, PolynomialTerms terms = PolynomialTerms.All)
    {
        Check(table, PolynomialFit.Powers(order, terms).Length + 1);
        int columns = table.StoreVolts.Length, count = columns * table.PulseSeconds.Length;
        double[] weights = new double[count], widths = new double[count], charges = new double[count];
        for (var point = 0; point < count; point++)
        {
            int row = point / columns, column = point % columns;
            weights[point] = table.StoreVolts[column] - offsetVolts;
            widths[point] = table.PulseSeconds[row];
            charges[point] = table.Coulombs[row, column];
        }
        return new PolynomialCharge(offsetVolts, order, terms, PolynomialFit.Of(weights, widths, charges, order, terms));
    }

    private static string Name(int order, PolynomialTerms terms) => terms switch
    {
        PolynomialTerms.Odd => $"odd polynomial and a constant, order {order}",
        PolynomialTerms.Even => $"even polynomial, order {order}",
        _ => $"polynomial, order {order}",
    };
}
