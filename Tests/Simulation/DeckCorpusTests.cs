using System.Globalization;
using System.Text.RegularExpressions;
using AnalogAttention.Circuits;
using AnalogAttention.Circuits.Language;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;
using AnalogAttention.Simulation.Ngspice;

namespace AnalogAttention.Tests.Simulation;

/// <summary>
/// Every deck of Tests/Decks in both engines at tightened tolerances: each signal within 1e-3 of its range at every point of ngspice,
/// each measure within 1e-4. What a deck is excused from stands in it, with the reason:
/// <c>*! period v(a) 60u : why</c> compares period, amplitude and duty of a signal after that time and nothing else;
/// <c>*! skip v(a) i(v1) : why</c> leaves signals out.
/// </summary>
public partial class DeckCorpusTests
{
    private const string Tight = ".options reltol=1e-6 abstol=1e-15 vntol=1e-9 chgtol=1e-19 trtol=1";

    private static readonly string Folder = Path.Combine(Repository.Root, "Tests", "Decks");

    private static IEnumerable<TestCaseData> Decks() => Directory.EnumerateFiles(Folder, "*.cir", SearchOption.AllDirectories)
        .Select(f => Path.GetRelativePath(Folder, f)).Order(StringComparer.Ordinal).Select(f => new TestCaseData(f).SetArgDisplayNames(f));

    [TestCaseSource(nameof(Decks))]
    public void AgreesWithNgspice(string name)
    {
        var deck = Tightened(name);
        var circuit = DeckReader.Parse(deck, Path.Combine(Folder, name));
        var stock = ForNgspice(deck, circuit);
        var directives = Directives(deck);
        var ours = new EmbeddedEngine().Run(circuit);
        var reference = NgspiceReference.RunAll(stock).Select(WithOurNames).ToList();
        var skipped = directives.Where(d => d.Kind == "skip").SelectMany(d => d.Words).ToHashSet();
        var compared = 0;
        foreach (var set in ours.Analyses)
        {
            var expected = reference.First(r => r.Analysis == set.Analysis);
            reference.Remove(expected);
            if (directives.FirstOrDefault(d => d.Kind == "period") is { Words: [var signal, var from] } && SpiceNumber.TryParse(from, out var start))
            {
                ComparePeriods(set, expected, signal, start);
                compared++;
                continue;
            }
            foreach (var column in set.Columns.Where(c => !skipped.Contains(c.Name) && (c != set.Abscissa || set.Analysis == "op") && !c.Name.StartsWith("inoise_total", StringComparison.Ordinal)))
            {
                Compare(expected, set, column.Name);
                compared++;
            }
        }
        if (circuit.Measures.Length > 0)
            CompareMeasures(circuit, ours, NgspiceReference.Measures(End().Replace(stock, ".save all\n.end")));
        Assert.That(compared, Is.GreaterThan(0), "something was compared");
    }

    /// <summary>As its author wrote it: every analysis ends, every number is finite.</summary>
    [TestCaseSource(nameof(Decks))]
    public void RunsAtDefaultTolerances(string name)
    {
        var result = new EmbeddedEngine().Run(DeckReader.Read(Path.Combine(Folder, name)));
        Assert.That(result.FailedMeasures, Is.Empty);
        foreach (var set in result.Analyses)
            foreach (var column in set.Columns)
                Assert.That(column.Values, Has.All.Matches<double>(double.IsFinite), column.Name);
    }

    [Test]
    public void ThereAreAtLeast80() => Assert.That(Decks().Count(), Is.GreaterThanOrEqualTo(80));

    private static string Tightened(string name)
    {
        var text = File.ReadAllText(Path.Combine(Folder, name));
        return End().Replace(text, Tight + "\n.end");
    }

    // ngspice has no level 44: it gets its equations as behavioural sources
    private static string ForNgspice(string deck, Circuit circuit) => circuit.Models.Values.Any(m => m.Level == 44) ? NgspiceExport.Format(circuit) : deck;

    private static List<(string Kind, string[] Words)> Directives(string deck) =>
        [.. Directive().Matches(deck).Select(m => (m.Groups[1].Value, m.Groups[2].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];

    // ngspice calls the source vs of x1 v.x1.vs
    private static WaveformSet WithOurNames(WaveformSet set) => set with { Columns = [.. set.Columns.Select(c => c with { Name = Expanded().Replace(c.Name, "i($1)") })] };

    private static void Compare(WaveformSet reference, WaveformSet ours, string name)
    {
        double[] expected = reference[name], actual = ours[name];
        var range = Range(reference, name, expected);
        var tolerance = 1e-3 * range + 1e-12;
        if (reference.Analysis != "tran")
        {
            Assert.That(actual, Is.EqualTo(expected).Within(tolerance), $"{reference.Analysis} {name}, range {range}");
            return;
        }
        double[] t = reference["time"], tau = ours["time"];
        double worst = 0, where = 0;
        for (var k = 0; k < t.Length; k++)
            if (!(Math.Abs(At(tau, actual, t[k]) - expected[k]) is var miss && miss <= worst))
                (worst, where) = (miss, t[k]);
        Assert.That(worst, Is.LessThanOrEqualTo(tolerance), $"{name}, range {range}, worst at {where}");
    }

    // of a complex signal the largest magnitude; of a constant its value; of a density, which spans decades, its value point by point is not asked for
    private static double Range(WaveformSet set, string name, double[] values)
    {
        if (name.StartsWith("re(", StringComparison.Ordinal) || name.StartsWith("im(", StringComparison.Ordinal))
            return set["re(" + name[3..]].Zip(set["im(" + name[3..]], double.Hypot).Max();
        var range = values.Max() - values.Min();
        return range > 1e-9 * values.Max(Math.Abs) ? range : values.Max(Math.Abs);
    }

    private static double At(double[] x, double[] y, double at)
    {
        var found = Array.BinarySearch(x, at);
        var k = Math.Clamp(found < 0 ? ~found : found, 1, x.Length - 1);
        return y[k - 1] + (y[k] - y[k - 1]) * (at - x[k - 1]) / (x[k] - x[k - 1]);
    }

    private static void ComparePeriods(WaveformSet ours, WaveformSet reference, string signal, double from)
    {
        var (expected, actual) = (Oscillation(reference, signal, from), Oscillation(ours, signal, from));
        Assert.That(actual.Period, Is.EqualTo(expected.Period).Within(0.1).Percent, "period");
        Assert.That(actual.Amplitude, Is.EqualTo(expected.Amplitude).Within(0.1).Percent, "amplitude");
        Assert.That(actual.Duty, Is.EqualTo(expected.Duty).Within(1e-3), "duty");
    }

    private static (double Period, double Amplitude, double Duty) Oscillation(WaveformSet set, string signal, double from)
    {
        var first = Array.FindIndex(set["time"], t => t >= from);
        double[] t = set["time"][first..], y = set[signal][first..];
        double low = y.Min(), high = y.Max(), middle = 0.5 * (low + high), above = 0;
        List<double> rises = [], falls = [];
        for (var k = 1; k < t.Length; k++)
        {
            var crossing = t[k - 1] + (t[k] - t[k - 1]) * (middle - y[k - 1]) / (y[k] - y[k - 1]);
            if (y[k - 1] < middle && y[k] >= middle)
                rises.Add(crossing);
            if (y[k - 1] >= middle && y[k] < middle && rises.Count > 0)
                falls.Add(crossing);
        }
        Assert.That(rises, Has.Count.GreaterThanOrEqualTo(3), "it oscillates");
        for (var k = 0; k < rises.Count - 1; k++)
            above += falls[k] - rises[k];
        return ((rises[^1] - rises[0]) / (rises.Count - 1), high - low, above / (rises[^1] - rises[0]));
    }

    // ngspice prints six digits
    private static void CompareMeasures(Circuit circuit, SimulationResult ours, IReadOnlyDictionary<string, double> reference)
    {
        Assert.That(ours.FailedMeasures, Is.Empty);
        foreach (var measure in circuit.Measures)
        {
            Assert.That(reference.Keys, Does.Contain(measure.Name), "ngspice measured it");
            Assert.That(ours.Measures[measure.Name], Is.EqualTo(reference[measure.Name]).Within(1e-4 * Math.Abs(reference[measure.Name]) + 1e-18), measure.Name);
        }
    }

    [GeneratedRegex(@"^\.end\s*$", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex End();

    [GeneratedRegex(@"i\([a-z]\.(x.*?)\)")]
    private static partial Regex Expanded();

    [GeneratedRegex(@"^\*! (period|skip) ([^:\n]+):", RegexOptions.Multiline)]
    private static partial Regex Directive();
}
