using AnalogAttention.Calibration.Benches;
using AnalogAttention.Calibration.Fits;
using AnalogAttention.Circuits;
using MathNet.Numerics.LinearAlgebra;

namespace AnalogAttention.Tests.Calibration.Fits;

public class BadPulseTableTests
{
    private static readonly (string Name, Func<PulseTable, object> Run)[] Fits =
    [
        ("polynomial", t => PolynomialCharge.Of(t, 0.45, 3)),
        ("odd", t => PolynomialCharge.Of(t, 0.45, 3, PolynomialTerms.Odd)),
        ("monotone table", t => MonotoneCharge.Of(t, 0.45)),
        ("separable, delay", t => SeparableCharge.Of(t, 0.45, 3, EffectiveWidth.Delayed)),
        ("separable, table", t => SeparableCharge.Of(t, 0.45, 3, EffectiveWidth.Tabulated)),
        ("surface", t => SurfaceCharge.Of(t, 0.45, 3, 2)),
        ("choice", t => TransferFit.Choose(t, 0.45, PolynomialTerms.All)),
    ];

    private static PulseTable Good() => SyntheticReads.Table((v, t) => SyntheticReads.Current(SyntheticReads.Cubic, v) * t, 1e-16);

    private static PulseTable With(Action<PulseTable> change)
    {
        var table = Good();
        change(table);
        return table;
    }

    private static IEnumerable<TestCaseData> Cases()
    {
        (string Name, PulseTable Table, string Message)[] tables =
        [
            ("two points", Good().Columns([0, 24]), "2 storage voltages, the fit needs "),
            ("NaN", With(t => t.Coulombs[2, 3] = double.NaN), "the charge at 0.1125 V and 9e-09 s is no number"),
            ("infinite", With(t => t.Coulombs[0, 0] = double.PositiveInfinity), "the charge at 0 V and 3e-09 s is no number"),
            ("storage falls", With(t => t.StoreVolts[4] = 0.01), "storage voltage 5 is 0.01 V"),
            ("storage repeats", With(t => t.StoreVolts[4] = t.StoreVolts[3]), "storage voltage 5 is 0.1125 V"),
            ("storage is NaN", With(t => t.StoreVolts[0] = double.NaN), "storage voltage 1 is NaN V"),
            ("width falls", With(t => t.PulseSeconds[1] = 1e-9), "pulse width 2 is 1e-09 s"),
            ("no width", With(t => t.PulseSeconds[0] = 0), "pulse width 0 s, expected more than 0"),
        ];
        return from table in tables from fit in Fits select new TestCaseData(table.Table, fit.Run, table.Message).SetArgDisplayNames(fit.Name, table.Name);
    }

    [TestCaseSource(nameof(Cases))]
    public void Bad_table_is_one_clear_error(PulseTable table, Func<PulseTable, object> fit, string message)
    {
        var error = Assert.Throws<BadInputException>(() => fit(table))!;
        Assert.That(error.Message, Does.StartWith("pulse table: ").And.Contains(message).And.Not.Contains("\n"));
    }

    [Test]
    public void Separable_fit_of_one_width_is_refused() =>
        Assert.That(() => SeparableCharge.Of(SyntheticReads.Table((v, t) => v * t, widths: 1), 0.45, 1, EffectiveWidth.Delayed), Throws.TypeOf<BadInputException>().With.Message.Contains("one pulse width"));

    [Test]
    public void Columns_that_say_the_same_are_refused() =>
        Assert.That(() => LinearLeastSquares.Of(Matrix<double>.Build.Dense(6, 2, (i, j) => (i + 1) * (j + 1)), Vector<double>.Build.Dense(6, i => i)),
            Throws.TypeOf<BadInputException>().With.Message.Contains("too few of them differ"));

    [Test]
    public void Column_that_moves_nothing_is_refused() =>
        Assert.That(() => LinearLeastSquares.Of(Matrix<double>.Build.Dense(6, 2, (i, j) => i * j), Vector<double>.Build.Dense(6, i => i)),
            Throws.TypeOf<BadInputException>().With.Message.Contains("moves no point"));
}
