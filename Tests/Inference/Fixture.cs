using System.Text.Json;
using AnalogAttention.Calibration;
using AnalogAttention.Inference.Arrays;
using AnalogAttention.Inference.Attention;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

/// <summary>Tensors made by the NumPy implementation in <c>Tests/Fixtures</c>.</summary>
internal static class Fixture
{
    public static string Folder(string name) => Path.Combine(TestContext.CurrentContext.TestDirectory, "Fixtures", name);

    public static string PathOf(string folder, string file) => Path.Combine(Folder(folder), file);

    public static JsonElement Json(string folder, string file) => JsonDocument.Parse(File.ReadAllText(PathOf(folder, file))).RootElement;

    public static CellModel Cell(string folder, string file) => CellFile.Read(PathOf(folder, file));

    public static IReadOnlyDictionary<string, NdArray> Arrays(string folder, string file) => NpzFile.Read(PathOf(folder, file));

    /// <summary>The options that a fixture's settings state.</summary>
    public static GainCellOptions Options(JsonElement settings)
    {
        bool quantization = settings.GetProperty("quantization").GetBoolean();
        return new GainCellOptions
        {
            QuantizeInput = quantization,
            QuantizeStorage = quantization,
            QuantizeOutput = quantization,
            DecayPerToken = settings.GetProperty("decayPerToken").GetDouble(),
            Window = settings.GetProperty("window").GetInt32(),
        };
    }

    public static double LargestDifference(IReadOnlyList<double> actual, IReadOnlyList<double> expected)
    {
        Assert.That(actual, Has.Count.EqualTo(expected.Count));
        double largest = 0;
        for (var i = 0; i < expected.Count; i++)
            largest = Math.Max(largest, Math.Abs(actual[i] - expected[i]) is var d && double.IsNaN(d) ? double.PositiveInfinity : d);
        return largest;
    }
}
