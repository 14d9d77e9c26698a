using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Circuits.Builders;
using AnalogAttention.Circuits.Language;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;
using MathNet.Numerics.Statistics;
using static System.FormattableString;

namespace AnalogAttention.Benchmarks;

/// <summary>
/// Where the error of a sub-tile comes from. The whole circuit is simulated with its line and bitline voltages recorded; then each array and
/// each converter again, alone, between sources that replay them, one property of the circuit added per run:
/// <list type="bullet">
/// <item>fit: ideal pulses and bitlines at vmid, the charge of the circuit against the cell model's;</item>
/// <item>line: the recorded read lines in place of ideal pulses of their width (V array only);</item>
/// <item>pedestal: bitlines at the voltage they rest at;</item>
/// <item>bitline: the recorded bitlines;</item>
/// <item>conversion: the pulse that a converter makes of that charge, drawn by a constant current, against the HardSigmoid;</item>
/// <item>clipping, settling: the same charge drawn as the array draws it. Clipping where it passes 1.1 Q_sat of either sign on its way;</item>
/// <item>score: errors of the first stage as the behavioural second stage passes them on;</item>
/// <item>rest: the whole circuit less all of these.</item>
/// </list>
/// </summary>
internal sealed class SubTileCauses(CellModel cell, SubTileBuilder builder, AttentionTile tile)
{
    private const double Step = 2.0 / 31;
    private const double ReplayVolts = 10e-6, ReplayAmperes = 5e-9; // 1e-4 of full scale and less
    private const double ClippingFrom = 1.1;

    private int Size => tile.Size;
    private double Half => builder.GapSeconds / 2;

    public static void Run(TextWriter output, int size, string section)
    {
        var cell = Calibrator.Run(new CalibrationOptions(new CellDeck()), new EmbeddedEngine()).Cell;
        // at the default of 1e-3 the steps of the solver alone are 0.01 of the read-out's
        var array = new ArrayBuilder { Options = new ArrayBuilder().Options.Add("reltol", 1e-4) };
        var causes = new SubTileCauses(cell, new SubTileBuilder { Section = section, Array = array }, AttentionTile.Draw(new Random(7), size));
        causes.Write(output);
    }

    private void Write(TextWriter output)
    {
        Console.Error.WriteLine("whole circuit ...");
        var whole = Whole();
        var waves = whole.Analyses[0];
        double[] expectedScores = tile.Scores(cell, builder);
        double[] scores = Each(j => whole.Measures[$"score{j}"] / builder.PulseSeconds);
        var scoreErrors = Minus(scores, expectedScores);
        Table(output, "score", scoreErrors, Stage(waves, "k", false, tile.KeyRows, null, expectedScores, builder.QuerySeconds, builder.ScoreSeconds, builder.ScoreSaturationCoulombs));

        double[] expectedOutputs = tile.Outputs(cell, builder, expectedScores), passedOn = tile.Outputs(cell, builder, scores);
        var stage = Stage(waves, "v", true, tile.ValueRows([.. scores.Select(phi => phi * builder.PulseSeconds)]), "vrwl", passedOn, builder.ScoreSeconds, builder.OutputSeconds, builder.OutputSaturationCoulombs);
        Table(output, "output", Minus(Outputs(whole), expectedOutputs), [("score", Minus(passedOn, expectedOutputs)), .. stage]);
    }

    private SimulationResult Whole() => Simulate((builder with
    {
        Array = builder.Array with { Saved = [.. Enumerable.Range(1, Size).SelectMany(k => new[] { $"v(kbl{k})", $"v(vbl{k})", $"v(vrwl{k})", $"v(vrwlb{k})" })] },
    }).Build(tile.QuerySeconds, tile.KeyVolts, tile.ValueVolts));

    /// <param name="rows">With the pulses that the lines have, or are meant to have.</param>
    /// <param name="recordedLines">Name of the read lines where they are replayed.</param>
    /// <param name="isSigned">Pulses with a sign, else none for negative charge.</param>
    private List<(string Cause, double[] Errors)> Stage(WaveformSet waves, string prefix, bool isSigned, ArrayRow[] rows, string? recordedLines, double[] expected, double startSeconds, double endSeconds, double saturation)
    {
        double from = startSeconds - Half, to = endSeconds - Half, floor = isSigned ? -1 : 0;
        double[] Bounded(double[] charges) => [.. charges.Select(q => Math.Clamp(q / saturation, floor, 1))];
        var seconds = waves.Abscissa.Values;
        string Recorded(string node, double factor) => Polyline.Pwl(seconds, waves[$"v({node})"], ReplayVolts, factor);
        string Held(string value, int c) => $"v{prefix}bl{c} 0 {prefix}bl{c} {value}";
        var ideal = builder.Array with
        {
            Prefix = prefix,
            StartSeconds = startSeconds,
            StopSeconds = to,
            HoldBitline = c => [Held(Number(-builder.MiddleVolts), c), Charge(prefix, c, from, to)],
        };
        List<(string, double[])> causes = [];
        Console.Error.WriteLine($"{prefix} array, ideal lines ...");
        var held = Bounded(Charges(ideal, rows));
        causes.Add(("fit", Minus(held, expected)));
        if (recordedLines is not null)
        {
            ideal = ideal with { DriveReadLines = r => [$"vr{r} {recordedLines}{r} 0 {Recorded($"{recordedLines}{r}", 1)}", $"vb{r} {recordedLines}b{r} 0 {Recorded($"{recordedLines}b{r}", 1)}"] };
            Console.Error.WriteLine($"{prefix} array, recorded read lines ...");
            Add("line", Bounded(Charges(ideal, rows)));
        }
        var rest = Array.FindLastIndex(seconds, t => t <= from);
        Console.Error.WriteLine($"{prefix} array, bitlines at rest ...");
        Add("pedestal", Bounded(Charges(ideal with { HoldBitline = c => [Held(Number(-waves[$"v({prefix}bl{c})"][rest]), c), Charge(prefix, c, from, to)] }, rows)));
        Console.Error.WriteLine($"{prefix} array, recorded bitlines ...");
        var replayed = Simulate((ideal with { HoldBitline = c => [Held(Recorded($"{prefix}bl{c}", -1), c), Charge(prefix, c, from, to), $".save i(v{prefix}bl{c})"] }).Build(rows));
        var charges = Each(c => replayed.Measures[$"charge{c}"]);
        Add("bitline", Bounded(charges));

        Console.Error.WriteLine($"{prefix} converters ...");
        var plateau = builder.PulseSeconds - builder.Array.EdgeSeconds;
        double[] corners = [0, startSeconds, startSeconds + builder.Array.EdgeSeconds, startSeconds + plateau, startSeconds + builder.PulseSeconds, builder.StopSeconds];
        Add("conversion", Converted(prefix, c => charges[c - 1] / plateau is var i ? Polyline.Pwl(corners, [0, 0, i, i, 0, 0], 0) : ""));
        var drawn = replayed.Analyses[0];
        var (before, after) = (held, Converted(prefix, c => Polyline.Pwl(drawn.Abscissa.Values, drawn[$"i(v{prefix}bl{c})"], ReplayAmperes)));
        var clips = Each(c => Excursion(drawn, $"i(v{prefix}bl{c})", from) > ClippingFrom * saturation ? 1.0 : 0);
        var way = Minus(after, before);
        causes.Add(("clipping", [.. way.Zip(clips, (e, clip) => e * clip)]));
        causes.Add(("settling", [.. way.Zip(clips, (e, clip) => e * (1 - clip))]));
        return causes;

        void Add(string cause, double[] now)
        {
            causes.Add((cause, Minus(now, held)));
            held = now;
        }
    }

    private double[] Charges(ArrayBuilder array, ArrayRow[] rows)
    {
        var measures = Simulate(array.Build(rows)).Measures;
        return Each(c => measures[$"charge{c}"]);
    }

    private static string Charge(string prefix, int c, double from, double to) => $".measure tran charge{c} integ i(v{prefix}bl{c}) from={Number(from)} to={Number(to)}";

    /// <summary>What the converters of a stage make of these currents; those of the first drive the V array with its bitlines at vmid.</summary>
    private double[] Converted(string prefix, Func<int, string> current)
    {
        var isFirst = prefix == "k";
        var deck = new List<string> { "converters", builder.Surroundings() };
        for (var c = 1; c <= Size; c++)
        {
            deck.Add($"iq{c} {prefix}bl{c} 0 {current(c)}");
            deck.Add(isFirst ? $"{builder.ScoreConverter(c)}\n{builder.ScoreMeasure(c)}" : $"{builder.OutputConverter(c)}\n{builder.OutputMeasures(c)}");
        }
        if (isFirst)
            deck.Add((builder.Array with { Prefix = "v", StopSeconds = builder.StopSeconds, DriveReadLines = _ => [] }).Statements(tile.ValueRows(new double[Size])));
        deck.AddRange(builder.Array.Options.Select(o => $".options {o.Key}={Number(o.Value)}"));
        deck.Add($".tran {Number(builder.Array.StepSeconds)} {Number(isFirst ? builder.OutputSeconds : builder.StopSeconds)}\n.save v(read1)\n.end\n");
        var result = Simulate(string.Join('\n', deck));
        return isFirst ? Each(j => result.Measures[$"score{j}"] / builder.PulseSeconds) : Outputs(result);
    }

    private double[] Outputs(SimulationResult result) => Each(c => result.Measures[$"magnitude{c}"] / builder.PulseSeconds * (result.Measures[$"polarity{c}"] > builder.Array.SupplyVolts / 2 ? 1 : -1));

    /// <summary>Largest magnitude of the running charge.</summary>
    private static double Excursion(WaveformSet waves, string current, double from)
    {
        double[] t = waves.Abscissa.Values, i = waves[current];
        double charge = 0, largest = 0;
        for (var k = 1; k < t.Length; k++)
            if (t[k - 1] >= from)
                largest = Math.Max(largest, Math.Abs(charge += 0.5 * (i[k] + i[k - 1]) * (t[k] - t[k - 1])));
        return largest;
    }

    private static void Table(TextWriter output, string name, double[] total, List<(string Cause, double[] Errors)> causes)
    {
        causes.Add(("rest", Minus(total, Sum(causes.Select(c => c.Errors)))));
        double square = total.Sum(e => e * e);
        output.WriteLine(Invariant($"{name,-11}       rms   largest   share %   (steps of 2/31)"));
        foreach (var (cause, errors) in causes)
            output.WriteLine(Invariant($"{cause,-11}{Rms(errors),10:f4}{errors.Max(Math.Abs) / Step,10:f4}{100 * errors.Zip(total, (a, b) => a * b).Sum() / square,10:f1}"));
        var measured = causes.SkipLast(1).ToList();
        output.WriteLine(Invariant($"{"sum",-11}{Rms(Sum(measured.Select(c => c.Errors))),10:f4}          {Invariant($"root of squares {Math.Sqrt(measured.Sum(c => Math.Pow(Rms(c.Errors), 2))):f4}")}"));
        output.WriteLine(Invariant($"{"total",-11}{Rms(total),10:f4}{total.Max(Math.Abs) / Step,10:f4}{100,10:f1}"));
        output.WriteLine();
    }

    private static double Rms(double[] errors) => errors.RootMeanSquare() / Step;

    private static double[] Sum(IEnumerable<double[]> parts) => parts.Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]);

    private static double[] Minus(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x - y)];

    private double[] Each(Func<int, double> value) => [.. Enumerable.Range(1, Size).Select(value)];

    private static SimulationResult Simulate(string deck) => new EmbeddedEngine().Run(DeckReader.Parse(deck, Path.Combine(AppContext.BaseDirectory, "sub-tile.cir")));

    private static string Number(double value) => SpiceNumber.Format(value);
}
