using AnalogAttention.Calibration.Benches;

namespace AnalogAttention.Tests.Calibration.Fits;

/// <summary>Reads of a cell whose charge is known, with normal noise.</summary>
internal static class SyntheticReads
{
    /// <summary>uA/V^i about 0.45 V: near the shipped cell up to the third power.</summary>
    public static readonly double[] Cubic = [0.5e-6, 12e-6, -2e-6, 60e-6];

    public static double Current(double[] coefficients, double storeVolts) => coefficients.Select((c, i) => c * Math.Pow(storeVolts - 0.45, i)).Sum();

    public static PulseTable Table(Func<double, double, double> coulombs, double sigmaCoulombs = 0, int seed = 1, int stores = 25, int widths = 5)
    {
        var random = new Random(seed);
        double[] volts = [.. Enumerable.Range(0, stores).Select(i => 0.9 * i / (stores - 1))], seconds = [.. Enumerable.Range(1, widths).Select(i => 15e-9 * i / widths)];
        var charges = new double[widths, stores];
        for (var row = 0; row < widths; row++)
            for (var column = 0; column < stores; column++)
                charges[row, column] = coulombs(volts[column], seconds[row]) + sigmaCoulombs * Normal(random);
        return new PulseTable(volts, seconds, charges, new double[widths, stores]);
    }

    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
