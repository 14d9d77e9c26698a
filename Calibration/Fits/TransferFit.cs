using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;

namespace AnalogAttention.Calibration.Fits;

/// <summary>Which transfer goes into the cell file. The odd polynomial has a constant beside its odd powers.</summary>
public enum TransferKind { Polynomial, Odd, Table }

/// <summary>The transfer of a cell file, fitted to reads.</summary>
/// <param name="Covariance">Of the coefficients, or of the currents of a table.</param>
/// <param name="Order">Of a polynomial.</param>
/// <param name="Choice">How the order was chosen; null where it was given, and for a table.</param>
public sealed record TransferFit(TransferModel Transfer, ChargeFit Charge, double RSquared, int? Order, OrderChoice? Choice)
{
    public const int LeastOrder = 1, MostOrder = 11;

    public double[][] Covariance => Charge.Covariance;

    /// <summary>How the order came about, as provenance says it.</summary>
    public string OrderOrigin => Order is null ? "a table has none"
        : Choice is null ? "given"
        : $"{CrossValidation.Folds}-fold cross-validation over fitted storage voltages, one-standard-error rule";

    /// <param name="order">Null chooses it by cross-validation; a table has none.</param>
    /// <exception cref="BadInputException">Too few storage voltages for the order, an axis that does not rise, or a charge that is no number.</exception>
    public static TransferFit Of(PulseTable table, double offsetVolts, TransferKind kind, int? order)
    {
        if (kind == TransferKind.Table)
        {
            var monotone = MonotoneCharge.Of(table, offsetVolts);
            return new TransferFit(monotone.Transfer, monotone, RSquaredOf(monotone, table), null, null);
        }
        var terms = kind == TransferKind.Odd ? PolynomialTerms.Odd : PolynomialTerms.All;
        var choice = order is null ? Choose(table, offsetVolts, terms) : null;
        var polynomial = PolynomialCharge.Of(table, offsetVolts, order ?? choice!.Order, terms);
        return new TransferFit(new TransferModel(TransferModel.Polynomial, offsetVolts, polynomial.Fit.Coefficients), polynomial, polynomial.Fit.RSquared, polynomial.Order, choice);
    }

    /// <summary>Cross-validation of Q = I(V) t over every order from <see cref="LeastOrder"/> to <see cref="MostOrder"/> that adds a power.</summary>
    /// <exception cref="BadInputException">As <see cref="CrossValidation.Choose"/>.</exception>
    public static OrderChoice Choose(PulseTable table, double offsetVolts, PolynomialTerms terms) => CrossValidation.Choose(
        table,
        Enumerable.Range(LeastOrder, MostOrder).Where(order => PolynomialFit.Powers(order, terms)[^1] == order),
        (training, order) => PolynomialCharge.Of(training, offsetVolts, order, terms));

    private static double RSquaredOf(ChargeFit fit, PulseTable table)
    {
        double mean = table.Coulombs.Cast<double>().Average();
        return 1 - fit.Residuals(table).Sum(e => e * e) / table.Coulombs.Cast<double>().Sum(q => (q - mean) * (q - mean));
    }
}
