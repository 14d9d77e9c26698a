using System.Globalization;
using System.Text.RegularExpressions;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Calibration.Golden;
using AnalogAttention.Simulation.Embedded;

namespace AnalogAttention.Tests.Calibration.Golden;

/// <summary>Every number of gain-cell.lib one per cent higher: which curve notices.</summary>
public partial class MutationTests
{
    // no curve moves beyond its band: parameters that are off (0, or so large that their effect is), that only set the size of a mismatch, or that
    // multiply nothing here (Docs/golden-curves.md says why, one by one)
    private static readonly string[] Insensitive =
    [
        "read_n.avto", "read_n.akp", "read_p.avto", "read_p.akp", "write_n.avto", "write_n.akp", "write_p.avto", "write_p.akp",
        "read_n.leta", "read_n.weta", "read_p.leta", "read_p.weta", "write_n.leta", "write_n.weta", "write_p.leta", "write_p.weta",
        "write_n.cgdo", "write_p.cgdo", "write_n.e0", "write_p.e0", "read_n.xj",
    ];

    private static readonly string Folder = Path.Combine(Repository.Root, "Tests", "Golden");
    private static readonly string Library = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Netlists", CellDeck.LibraryName));

    // the periphery knows nothing of the cell
    private static readonly Lazy<GoldenCurve[]> Curves = new(() => [.. Directory.EnumerateFiles(Folder, "*" + GoldenCurve.Extension).Order(StringComparer.Ordinal)
        .Where(f => !f.Contains("charge-to-pulse")).Select(GoldenCurve.Read)]);

    /// <param name="Name">Where it stands: <c>read_n.vto</c>, <c>gain_cell.c_store</c>.</param>
    /// <param name="Start">Of its value in the text.</param>
    private sealed record Number(string Name, int Start, int Length, double Value);

    [GeneratedRegex(@"\b([a-z_][a-z_0-9]*)=(-?[0-9.]+(?:e[-+]?[0-9]+)?)(meg|[a-z]?)(?![a-z0-9*{])", RegexOptions.IgnoreCase)]
    private static partial Regex Assignment();

    private static IEnumerable<Number> Numbers()
    {
        string owner = "";
        var at = 0;
        foreach (var line in Library.Split('\n'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1 && words[0] is ".subckt" or ".model")
                owner = words[1];
            if (words.Length > 0 && words[0] is ".subckt" or ".model" or "+")
                foreach (Match match in Assignment().Matches(line))
                    if (match.Groups[1].Value is not "level" && AnalogAttention.Circuits.Language.SpiceNumber.TryParse(match.Groups[2].Value + match.Groups[3].Value, out var value))
                        yield return new Number($"{owner}.{match.Groups[1].Value}", at + match.Groups[2].Index, match.Groups[2].Length + match.Groups[3].Length, value);
            at += line.Length + 1;
        }
    }

    private static GoldenComparison Worst(Number number, TemporaryFolder folder, double change)
    {
        var text = Library.Remove(number.Start, number.Length).Insert(number.Start, (number.Value * (1 + change)).ToString("R", CultureInfo.InvariantCulture));
        var cell = new CellDeck(folder.Write($"{number.Name}.lib", text));
        return Curves.Value.Select(c => c.Check(Folder, cell, new EmbeddedEngine { Threads = 1 }, 1)).MaxBy(c => c.Ratio)!;
    }

    [Test]
    public void Every_parameter_that_moves_a_curve_is_caught_at_one_per_cent()
    {
        using var folder = new TemporaryFolder();
        Number[] numbers = [.. Numbers()];
        Assert.That(numbers.Select(n => n.Name), Is.Unique.And.SupersetOf(new[] { "gain_cell.c_store", "read_n.vto", "read_p.kp", "write_n.vto", "gain_cell_leakage.jgate" }));
        var found = new GoldenComparison[numbers.Length];
        Parallel.For(0, numbers.Length, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i => found[i] = Worst(numbers[i], folder, 0.01));
        for (var i = 0; i < numbers.Length; i++)
        {
            var (x, _, _) = found[i].Golden.Points[found[i].Worst];
            TestContext.Out.WriteLine(FormattableString.Invariant($"{numbers[i].Name,-28} {(found[i].Holds ? "unnoticed" : "caught by"),-10} {found[i].Golden.Name,-26} at {x,-10:g4} {found[i].Ratio,12:g4} bands"));
        }
        Assert.That(numbers.Where((_, i) => found[i].Holds).Select(n => n.Name), Is.EquivalentTo(Insensitive));
        // bands of a hundredth of full scale, as one might choose by eye, would miss some of what is caught
        Assert.That(found.Count(c => !c.Holds && Math.Abs(c.Measured[c.Worst] - c.Golden.Points[c.Worst].Y) < 0.01 * c.Golden.Points.Max(p => Math.Abs(p.Y))), Is.Positive);
    }

    [Test]
    public void The_library_as_it_is_is_caught_by_nothing()
    {
        using var folder = new TemporaryFolder();
        Assert.That(Worst(Numbers().First(), folder, 0).Ratio, Is.LessThan(1));
    }
}
