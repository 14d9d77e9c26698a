using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;

namespace AnalogAttention.Calibration.Fits;

/// <summary>A model of the charge of a read, judged on reads that it was not fitted to.</summary>
/// <param name="CrossValidated">Error on fitted storage voltages that a fold left out.</param>
/// <param name="HeldOut">Error on reads that neither fits nor folds have seen.</param>
public sealed record FitCandidate(ChargeFit Fit, FitError CrossValidated, FitError HeldOut);

/// <summary>Every kind of charge fit, from the same reads.</summary>
public static class FitComparison
{
    // A line through the origin, its curvature, and one more to show whether that is enough.
    private const int WidthOrder = 3;

    /// <param name="order">Of the polynomials in V_store, chosen by cross-validation; the odd one has its own choice.</param>
    /// <param name="error">Error of charge errors in coulombs.</param>
    /// <returns>Fits of one current per stored value, then those whose current depends on the width, if there are widths enough.</returns>
    /// <exception cref="BadInputException">As <see cref="CrossValidation.Choose"/>.</exception>
    public static IReadOnlyList<FitCandidate> Of(PulseTable fitted, PulseTable heldOut, double offsetVolts, int order, Func<IReadOnlyCollection<double>, FitError> error)
    {
        int odd = TransferFit.Choose(fitted, offsetVolts, PolynomialTerms.Odd).Order;
        List<Func<PulseTable, ChargeFit>> fits =
        [
            .. new[] { 3, 5, order }.Distinct().Where(n => n <= order).Select(n => (Func<PulseTable, ChargeFit>)(t => PolynomialCharge.Of(t, offsetVolts, n))),
            t => PolynomialCharge.Of(t, offsetVolts, odd, PolynomialTerms.Odd),
            t => MonotoneCharge.Of(t, offsetVolts),
        ];
        if (fitted.PulseSeconds.Length >= WidthOrder)
            fits.AddRange(
            [
                t => SeparableCharge.Of(t, offsetVolts, order, EffectiveWidth.Delayed),
                t => SeparableCharge.Of(t, offsetVolts, order, EffectiveWidth.Tabulated),
                t => SurfaceCharge.Of(t, offsetVolts, order, WidthOrder),
            ]);
        return [.. fits.Select(fit =>
        {
            var whole = fit(fitted);
            return new FitCandidate(whole, error([.. CrossValidation.Errors(fitted, fit).SelectMany(e => e)]), error([.. whole.Residuals(heldOut)]));
        })];
    }
}
