using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;

namespace AnalogAttention.Calibration.Fits;

/// <summary>Charge of one read, Q(V_store, t), fitted to simulated reads. Sunk from the bitline, as in <see cref="PulseTable"/>.</summary>
/// <param name="Model">The formula, as a report names it.</param>
/// <param name="Parameters">Free numbers in it.</param>
/// <param name="Covariance">Parameters x parameters, in the order and units that each fit states; what the residuals say, were they independent.</param>
public abstract record ChargeFit(string Model, int Parameters, double[][] Covariance)
{
    /// <summary>Q in coulombs; storage voltage before the read in volts, pulse width at 50 % in seconds.</summary>
    public abstract double Coulombs(double storeVolts, double pulseSeconds);

    /// <summary>Table minus fit, coulombs, over the table's grid, widths outermost.</summary>
    public IEnumerable<double> Residuals(PulseTable table) =>
        from row in Enumerable.Range(0, table.PulseSeconds.Length)
        from column in Enumerable.Range(0, table.StoreVolts.Length)
        select table.Coulombs[row, column] - Coulombs(table.StoreVolts[column], table.PulseSeconds[row]);

    /// <summary>Looks at a table before a fit does.</summary>
    /// <param name="leastStores">Storage voltages that the fit needs.</param>
    /// <exception cref="BadInputException">Too few storage voltages, an axis that does not rise, or a charge that is no number.</exception>
    internal static void Check(PulseTable table, int leastStores)
    {
        if (table.StoreVolts.Length < leastStores)
            throw new BadInputException($"pulse table: {table.StoreVolts.Length} storage voltages, the fit needs {leastStores}");
        if (table.PulseSeconds.Length < 1)
            throw new BadInputException("pulse table: no pulse width");
        CheckRises(table.StoreVolts, "storage voltage", "V");
        CheckRises(table.PulseSeconds, "pulse width", "s");
        if (!(table.PulseSeconds[0] > 0))
            throw new BadInputException(FormattableString.Invariant($"pulse table: pulse width {table.PulseSeconds[0]:g6} s, expected more than 0"));
        for (var row = 0; row < table.PulseSeconds.Length; row++)
            for (var column = 0; column < table.StoreVolts.Length; column++)
                if (!double.IsFinite(table.Coulombs[row, column]))
                    throw new BadInputException(FormattableString.Invariant($"pulse table: the charge at {table.StoreVolts[column]:g6} V and {table.PulseSeconds[row]:g6} s is no number"));
    }

    private static void CheckRises(double[] axis, string name, string unit)
    {
        for (var i = 0; i < axis.Length; i++)
            if (!double.IsFinite(axis[i]) || (i > 0 && axis[i] <= axis[i - 1]))
                throw new BadInputException(FormattableString.Invariant($"pulse table: {name} {i + 1} is {axis[i]:g6} {unit}, expected a number above the one before it"));
    }
}
