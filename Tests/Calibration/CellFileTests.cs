using AnalogAttention.Calibration;
using AnalogAttention.Circuits;

namespace AnalogAttention.Tests.Calibration;

public class CellFileTests
{
    private const string Smallest = """{ "schema": "analog-attention/cell/1", "transfer": { "kind": "polynomial", "offsetVolts": 0.45, "coefficientsAmperes": [0, 1e-5] }, "storage": { "minVolts": 0, "maxVolts": 0.9, "levels": 8 } }""";

    [Test]
    public void Published_cell_is_the_cubic_of_the_paper()
    {
        var cell = PublishedCell.Load();
        Assert.Multiple(() =>
        {
            // I[uA] = 0.5213636 + 13.6122606 w - 2.6204456 w^2 + 46.0548378 w^3 at w = 0.45 and w = 0
            Assert.That(cell.Transfer.Amperes(0.9) * 1e6, Is.EqualTo(0.5213636 + 13.6122606 * 0.45 - 2.6204456 * 0.2025 + 46.0548378 * 0.091125).Within(1e-9));
            Assert.That(cell.Transfer.Amperes(0.45) * 1e6, Is.EqualTo(0.5213636).Within(1e-12));
            Assert.That(cell.SaturationQkAmperes * 1e6, Is.EqualTo(80).Within(1e-9));
            Assert.That(cell.SaturationAvAmperes * 1e6, Is.EqualTo(40).Within(1e-9));
            Assert.That(cell.DecayPerToken(12), Is.EqualTo(12 * 65e-9 / 5e-3).Within(1e-18));
        });
    }

    [Test]
    public void Writing_and_reading_give_the_same_bytes()
    {
        var text = CellFile.Format(PublishedCell.Load());
        Assert.That(CellFile.Format(CellFile.Parse(text, "cell.json")), Is.EqualTo(text));
    }

    [Test]
    public void Missing_parts_take_the_published_values_or_none()
    {
        var cell = CellFile.Parse(Smallest, "cell.json");
        Assert.Multiple(() =>
        {
            Assert.That(cell.Input, Is.EqualTo(new InputModel(15e-9, 16)));
            Assert.That(cell.Readout, Is.EqualTo(new ReadoutModel(1.2e-12, 0.6e-12, 32)));
            Assert.That(cell.DecayPerToken(12), Is.Zero);
        });
    }

    [TestCase("", "cell.json:1:1")]
    [TestCase("{", "cell.json:1:2")]
    [TestCase("null", "null")]
    [TestCase("""{ "schema": "analog-attention/cell/1" }""", "transfer")]
    public void Text_that_is_no_cell_file_is_one_line_with_its_place(string json, string expected)
    {
        var error = Assert.Throws<BadInputException>(() => CellFile.Parse(json, "cell.json"));
        Assert.That(error!.Message, Does.Contain(expected).And.Not.Contain("\n"));
    }

    [TestCase("cell/1", "cell/2", "schema")]
    [TestCase("polynomial", "spline", "transfer.kind")]
    [TestCase("[0, 1e-5]", "[]", "coefficientsAmperes")]
    [TestCase("[0, 1e-5]", "[0, \"x\"]", "coefficientsAmperes")]
    [TestCase("\"levels\": 8", "\"levels\": 1", "levels")]
    [TestCase("\"maxVolts\": 0.9", "\"maxVolts\": -0.9", "maxVolts")]
    public void Contradictions_are_named(string from, string to, string expected)
    {
        var error = Assert.Throws<BadInputException>(() => CellFile.Parse(Smallest.Replace(from, to), "cell.json"));
        Assert.That(error!.Message, Does.StartWith("cell.json").And.Contain(expected).And.Not.Contain("\n"));
    }

    private const string Tabled = """{ "schema": "analog-attention/cell/1", "transfer": { "kind": "table", "offsetVolts": 0.45, "storeVolts": [0, 0.2, 0.45, 0.7, 0.9], "currentsAmperes": [-1e-5, -3e-6, 0, 3e-6, 1e-5] }, "storage": { "minVolts": 0, "maxVolts": 0.9, "levels": 8 } }""";

    [Test]
    public void A_table_goes_through_its_points_and_rises_between_them()
    {
        var cell = CellFile.Parse(Tabled, "cell.json");
        Assert.That(CellFile.Format(CellFile.Parse(CellFile.Format(cell), "cell.json")), Is.EqualTo(CellFile.Format(cell)));
        foreach (var (volts, amperes) in cell.Transfer.StoreVolts!.Zip(cell.Transfer.CurrentsAmperes!))
            Assert.That(cell.Transfer.Amperes(volts), Is.EqualTo(amperes).Within(1e-20));
        double[] curve = [.. Enumerable.Range(0, 901).Select(n => cell.Transfer.Amperes(n / 1000.0))];
        Assert.That(curve, Is.Ordered);
    }

    [TestCase("0.2, 0.45", "0.45, 0.2", "ascend")]
    [TestCase("[0, 0.2", "[0.1, 0.2", "cover the storage range")]
    [TestCase("-3e-6, ", "", "5 points, transfer.currentsAmperes 4")]
    [TestCase("\"storeVolts\": [0, 0.2, 0.45, 0.7, 0.9], ", "", "needs transfer.storeVolts")]
    [TestCase("1e-5]", "1e999]", "cell.json")]
    public void Tables_that_are_none_are_named(string from, string to, string expected)
    {
        var error = Assert.Throws<BadInputException>(() => CellFile.Parse(Tabled.Replace(from, to), "cell.json"));
        Assert.That(error!.Message, Does.StartWith("cell.json").And.Contain(expected).And.Not.Contain("\n"));
    }

    private const string Noisy = """{ "schema": "analog-attention/cell/1", "transfer": { "kind": "polynomial", "offsetVolts": 0.45, "coefficientsAmperes": [0, 1e-5] }, "storage": { "minVolts": 0, "maxVolts": 0.9, "levels": 2 }, "noise": { "readAmperesPerRootHertz": [1e-12, 2e-12], "flickerLowHertz": 1, "flickerAmperesPerRootHertz": [1e-9, 2e-9], "ktcVolts": 7e-4, "comparatorVolts": 4e-4, "comparatorFullScaleVolts": 0.2 } }""";

    [Test]
    public void Noise_of_a_read_adds_its_white_and_its_flicker_part()
    {
        var cell = CellFile.Parse(Noisy, "cell.json");
        Assert.That(CellFile.Format(CellFile.Parse(CellFile.Format(cell), "cell.json")), Is.EqualTo(CellFile.Format(cell)));
        // 15 ns: S t/2, and S t^2 (3/2 - gamma - ln(2 pi f t)) of 1/f from 1 Hz
        double flicker = 1.5 - 0.5772156649 - Math.Log(2 * Math.PI * 15e-9);
        Assert.That(cell.Noise!.ReadCoulombs(1, 15e-9), Is.EqualTo(Math.Sqrt(4e-24 * 7.5e-9 + 4e-18 * 225e-18 * flicker)).Within(1e-4).Percent);
        Assert.That(CellFile.Parse(Noisy.Replace("\"flickerAmperesPerRootHertz\": [1e-9, 2e-9], ", ""), "cell.json").Noise!.ReadCoulombs(0, 15e-9), Is.EqualTo(1e-12 * Math.Sqrt(7.5e-9)).Within(1e-9).Percent);
        Assert.That(CellFile.Parse(Smallest, "cell.json").Noise, Is.Null);
    }

    [TestCase("[1e-12, 2e-12]", "[1e-12]", "readAmperesPerRootHertz")]
    [TestCase("[1e-12, 2e-12]", "null", "readAmperesPerRootHertz")]
    [TestCase("[1e-12, 2e-12]", "[1e-12, -2e-12]", "readAmperesPerRootHertz")]
    [TestCase("[1e-9, 2e-9]", "[1e-9, 2e-9, 3e-9]", "flickerAmperesPerRootHertz")]
    [TestCase("\"flickerLowHertz\": 1", "\"flickerLowHertz\": 0", "flickerLowHertz")]
    [TestCase("\"flickerLowHertz\": 1", "\"flickerLowHertz\": \"low\"", "flickerLowHertz")]
    [TestCase("\"flickerLowHertz\": 1", "\"flickerLowHertz\": 1, \"flickerExponent\": 3", "flickerExponent")]
    [TestCase("7e-4", "-7e-4", "ktcVolts")]
    [TestCase("4e-4", "-4e-4", "comparatorVolts")]
    [TestCase("0.2 }", "0 }", "comparatorFullScaleVolts")]
    [TestCase("\"flickerLowHertz\": 1, ", "", "flickerLowHertz")]
    public void Noise_that_is_none_is_named(string from, string to, string expected)
    {
        var error = Assert.Throws<BadInputException>(() => CellFile.Parse(Noisy.Replace(from, to), "cell.json"));
        Assert.That(error!.Message, Does.StartWith("cell.json").And.Contain(expected).And.Not.Contain("\n"));
    }

    private const string Spread = """{ "schema": "analog-attention/cell/1", "transfer": { "kind": "polynomial", "offsetVolts": 0.45, "coefficientsAmperes": [0, 1e-5] }, "storage": { "minVolts": 0, "maxVolts": 0.9, "levels": 2 }, "periphery": { "scores": { "positive": { "gain": 0.99, "offsetCoulombs": -1e-15, "sigmaGain": 0.07, "sigmaOffsetCoulombs": 1e-13 }, "correlation": [[1, -0.2], [-0.2, 1]] }, "outputs": { "positive": { "gain": 1.01, "offsetCoulombs": 0, "sigmaGain": 0.06, "sigmaOffsetCoulombs": 7e-14 }, "negative": { "gain": 1.02, "offsetCoulombs": 0, "sigmaGain": 0.05, "sigmaOffsetCoulombs": 8e-14 }, "correlation": [[1, 0, 0, 0], [0, 1, 0, -0.9], [0, 0, 1, 0], [0, -0.9, 0, 1]] } } }""";

    [Test]
    public void Periphery_is_read_as_written_and_ideal_where_it_is_missing()
    {
        var cell = CellFile.Parse(Spread, "cell.json");
        Assert.Multiple(() =>
        {
            Assert.That(CellFile.Format(CellFile.Parse(CellFile.Format(cell), "cell.json")), Is.EqualTo(CellFile.Format(cell)));
            Assert.That(cell.Periphery!.Scores, Has.Property("Positive").EqualTo(new ConversionLine(0.99, -1e-15, 0.07, 1e-13)).And.Property("Negative").Null);
            Assert.That(cell.Periphery.Outputs.Negative, Is.EqualTo(new ConversionLine(1.02, 0, 0.05, 8e-14)));
            Assert.That(CellFile.Parse(Smallest, "cell.json").Periphery, Is.Null);
        });
    }

    [TestCase("\"gain\": 0.99, ", "", "scores.positive")]
    [TestCase("\"gain\": 1.02", "\"gain\": 0", "outputs.negative")]
    [TestCase("-1e-15", "1e999", "cell.json")]
    [TestCase("8e-14", "-8e-14", "outputs.negative")]
    [TestCase("0.07", "-0.07", "scores.positive")]
    [TestCase("\"negative\"", "\"other\"", "outputs.negative")]
    [TestCase("\"outputs\"", "\"output\"", "periphery needs outputs")]
    [TestCase("\"scores\": {", "\"scores\": { \"negative\": { \"gain\": 1, \"offsetCoulombs\": 0, \"sigmaGain\": 0, \"sigmaOffsetCoulombs\": 0 },", "no negative pulses")]
    [TestCase("[[1, -0.2], [-0.2, 1]]", "[[1, -0.2], [0.2, 1]]", "scores.correlation must be symmetric")]
    [TestCase("[[1, -0.2], [-0.2, 1]]", "[[1]]", "scores.correlation must be 2 x 2")]
    [TestCase("[[1, -0.2], [-0.2, 1]]", "null", "scores.correlation must be 2 x 2")]
    [TestCase("[0, -0.9, 0, 1]]", "[0, -0.9, 0, 1], null]", "outputs.correlation must be 4 x 4")]
    public void Periphery_that_is_none_is_named(string from, string to, string expected)
    {
        var error = Assert.Throws<BadInputException>(() => CellFile.Parse(Spread.Replace(from, to), "cell.json"));
        Assert.That(error!.Message, Does.StartWith("cell.json").And.Contain(expected).And.Not.Contain("\n"));
    }

    [Test]
    public void A_missing_file_is_named() =>
        Assert.That(() => CellFile.Read("no/such/cell.json"), Throws.TypeOf<BadInputException>().With.Message.StartsWith("no/such/cell.json"));
}
