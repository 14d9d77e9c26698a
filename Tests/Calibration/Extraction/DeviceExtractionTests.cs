using AnalogAttention.Calibration.Benches;
using AnalogAttention.Calibration.Extraction;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Calibration.Extraction;

public class DeviceExtractionTests
{
    // away from the library's values, which the search starts from
    private static readonly double[] Truth = [300e-6, 0.32, 0.30, 120e-6, -0.40, 0.25, 0.6, 2.5e7, 1.5];

    private static MeasuredTable Synthetic(double noiseAmperes, int seed, int stores = 13, int inputs = 11)
    {
        double[] store = [.. Enumerable.Range(0, stores).Select(i => 0.9 * i / (stores - 1))], input = [.. Enumerable.Range(0, inputs).Select(i => 0.45 + 0.45 * i / (inputs - 1))];
        double[] exact = new ReadPair().Amperes(Truth, [.. input.SelectMany(v => store.Select(s => (s, v)))]);
        var random = new Random(seed);
        var amperes = new double[inputs, stores];
        for (var i = 0; i < exact.Length; i++)
            amperes[i / stores, i % stores] = exact[i] + noiseAmperes * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return new MeasuredTable("synthetic.csv", new string('0', 64), new TransferTable(store, input, amperes));
    }

    [Test]
    public void Known_devices_come_back_from_a_table_without_noise()
    {
        var result = DeviceExtraction.Run(Synthetic(0, 1), jobs: 2);
        Assert.That(result.RmsAmperes, Is.LessThan(1e-11)); // a millionth of full scale
        foreach (var (found, truth) in result.Parameters.Zip(Truth))
            Assert.That(found.Value, Is.EqualTo(truth).Within(0.5).Percent, found.Parameter.Name); // PHI, LAMBDA and UCRIT stand in for one another
    }

    [Test]
    public void Intervals_of_95_percent_hold_the_truth_in_90_to_98_percent_of_draws()
    {
        const int draws = 60;
        var within = new int[draws];
        Parallel.For(0, draws, new ParallelOptions { MaxDegreeOfParallelism = 2 }, seed =>
            within[seed] = DeviceExtraction.Run(Synthetic(1e-9, seed + 100), starts: 1).Parameters.Zip(Truth).Count(p => p.First.Low <= p.Second && p.Second <= p.First.High));
        var coverage = within.Sum() / (double)(draws * Truth.Length);
        TestContext.Out.WriteLine($"coverage {coverage:f3}");
        Assert.That(coverage, Is.InRange(0.90, 0.98));
    }

    [Test]
    public void The_number_of_jobs_does_not_show()
    {
        var table = Synthetic(1e-9, 5);
        Assert.That(ExtractedLibrary.Format(table, DeviceExtraction.Run(table, jobs: 1)), Is.EqualTo(ExtractedLibrary.Format(table, DeviceExtraction.Run(table, jobs: 3))));
    }

    [Test]
    public void The_authors_table_is_met_on_points_held_out()
    {
        var table = MeasuredTable.Read(Repository.SharedData("gain-cell-iv.csv"));
        var result = DeviceExtraction.Run(table, jobs: 2);
        TestContext.Out.WriteLine($"held out {result.HeldOutRmsAmperes:e3} A RMS, {result.HeldOutMaxAmperes:e3} A max; all {result.RmsAmperes:e3} A, R2 {result.RSquared:f6}; {result.StartsThatAgree} of {result.Starts} starts");
        foreach (var p in result.Parameters)
            TestContext.Out.WriteLine($"{p.Parameter.Device} {p.Parameter.Name} {p.Value:g6} [{p.Low:g6}, {p.High:g6}] {(p.IsAtBound ? "bound" : "")} {p.Partner}");
        Assert.Multiple(() =>
        {
            Assert.That(table.Points, Is.EqualTo(676));
            Assert.That(result.HeldOutRmsAmperes, Is.LessThanOrEqualTo(15e-9));
            Assert.That(result.RSquared, Is.GreaterThanOrEqualTo(0.9999));
        });
    }

    [Test]
    public void The_written_library_reproduces_the_table_in_the_circuit_engine()
    {
        // on the points of the bench: 51 x 26, 18 mV apart
        var table = Synthetic(2e-9, 7, stores: 51, inputs: 26);
        var result = DeviceExtraction.Run(table, starts: 1);
        using var folder = new TemporaryFolder();
        var text = ExtractedLibrary.Format(table, result);
        Assert.That(text, Does.Contain("EXTRACTED from a measured table").And.Contain(table.Sha256).And.Not.Contain("10.1038/s43588"));
        var (simulated, _) = TransferBench.Run(new CellDeck(folder.Write("extracted.lib", text)), new EmbeddedEngine());
        double[] errors = [.. simulated.Amperes.Cast<double>().Zip(table.Transfer.Amperes.Cast<double>(), (a, b) => a - b)];
        // nine printed digits and the bench's tolerances stand far below the noise of 2 nA
        Assert.That(Math.Sqrt(errors.Average(e => e * e)), Is.EqualTo(result.RmsAmperes).Within(1).Percent);
    }

    [Test]
    public void A_table_with_fewer_points_than_parameters_is_refused()
    {
        var error = Assert.Throws<BadInputException>(() => DeviceExtraction.Run(Synthetic(0, 1, stores: 4, inputs: 4)));
        Assert.That(error!.Message, Does.Contain("16 points cannot fix 9 parameters").And.Contain("at least 19"));
    }
}
