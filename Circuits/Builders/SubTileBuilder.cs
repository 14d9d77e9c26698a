using System.Text;
using AnalogAttention.Circuits.Language;

namespace AnalogAttention.Circuits.Builders;

/// <summary>
/// Composes the deck of an attention sub-tile at transistor level: query pulses -> K array -> charge-to-pulse circuits -> V array -> signed
/// charge-to-pulse circuits. Key j is column j of the K array (cells <c>xkI_J</c>, I over the dimensions of the head) and row j of the V
/// array (cells <c>xvJ_I</c>): the circuit <c>xsJ</c> turns the charge of bitline <c>kblJ</c> into the score pulse on the read lines <c>vrwlJ</c>,
/// <c>vrwlbJ</c>; <c>xoI</c> turns that of bitline <c>vblI</c> into a pulse on <c>magI</c> and a level on <c>signI</c>.
/// Phases, each <see cref="PulseSeconds"/> wide with <see cref="GapSeconds"/> around: query pulses, integrated by the first circuits; score
/// pulses, which begin together with <c>read1</c> and are integrated by the second ones; output pulses, with <c>read2</c>.
/// Measures: <c>scoreJ</c> and <c>magnitudeI</c>, seconds: pulse integral over amplitude, which is the width at 50 % of a pulse with equal
/// edges; <c>polarityI</c>, volts: the supply for Q > 0.
/// </summary>
public sealed record SubTileBuilder
{
    /// <summary>Geometry, levels and parasitics of both arrays and their supply; prefix, pulses, holding, driving and the start (at rest) are set here.</summary>
    public ArrayBuilder Array { get; init; } = new();

    /// <summary>Library of the periphery; found like that of the cell.</summary>
    public string Periphery { get; init; } = "periphery.lib";

    /// <summary>Section of it: <c>ideal</c> or <c>transistor</c>.</summary>
    public string Section { get; init; } = "ideal";

    /// <summary>Longest query, score and output pulse.</summary>
    public double PulseSeconds { get; init; } = 15e-9;

    /// <summary>Between the phases.</summary>
    public double GapSeconds { get; init; } = 2e-9;

    /// <summary>Saturation of the first and of the second charge-to-pulse circuits, coulombs.</summary>
    public double ScoreSaturationCoulombs { get; init; } = 1.2e-12;
    public double OutputSaturationCoulombs { get; init; } = 0.6e-12;

    /// <summary>Of the node <c>vmid</c>: what bitlines and idle read lines stand at.</summary>
    public double MiddleVolts { get; init; } = 0.45;

    /// <summary>When query pulses, score pulses and output pulses begin, from the end of the write phase on.</summary>
    public double QuerySeconds => GapSeconds;
    public double ScoreSeconds => QuerySeconds + PulseSeconds + GapSeconds;
    public double OutputSeconds => ScoreSeconds + PulseSeconds + GapSeconds;
    public double StopSeconds => OutputSeconds + PulseSeconds + GapSeconds;

    /// <param name="querySeconds">Pulse width by dimension of the head.</param>
    /// <param name="keyVolts">Stored volts by key, then dimension.</param>
    /// <param name="valueVolts">Stored volts by key, then dimension of the output.</param>
    /// <returns>Deck text for <see cref="DeckReader"/>.</returns>
    /// <exception cref="ArgumentException">The shapes do not agree, a pulse is longer than <see cref="PulseSeconds"/>, or the array's builder refuses a value.</exception>
    public string Build(IReadOnlyList<double> querySeconds, IReadOnlyList<IReadOnlyList<double>> keyVolts, IReadOnlyList<IReadOnlyList<double>> valueVolts)
    {
        if (querySeconds.Count == 0 || keyVolts.Count == 0 || valueVolts.Any(v => v.Count == 0) || keyVolts.Any(k => k.Count != querySeconds.Count) || valueVolts.Count != keyVolts.Count)
            throw new ArgumentException($"{querySeconds.Count} queries, {keyVolts.Count} keys and {valueVolts.Count} values do not make a sub-tile");
        if (querySeconds.Any(q => !(q >= 0 && q <= PulseSeconds * (1 + 1e-9))))
            throw new ArgumentException($"a query pulse is longer than {Number(PulseSeconds)} s");
        var keys = Array with
        {
            Prefix = "k",
            StartSeconds = QuerySeconds,
            StopSeconds = StopSeconds,
            UseInitialConditions = false,
            HoldBitline = c => [ScoreConverter(c)],
        };
        var values = keys with
        {
            Prefix = "v",
            DriveReadLines = _ => [],
            HoldBitline = c => [OutputConverter(c)],
        };
        ArrayRow[] keyRows = [.. querySeconds.Select((q, i) => new ArrayRow(q, [.. keyVolts.Select(k => new ArrayCell(k[i]))]))];
        ArrayRow[] valueRows = [.. valueVolts.Select(v => new ArrayRow(0, [.. v.Select(volts => new ArrayCell(volts))]))];
        var from = keys.ReadSeconds(keyRows.Length);
        if (keyRows.Length != valueRows.Length && Array.Write is not null)
            throw new ArgumentException("with a write phase both arrays need the same number of rows");

        var deck = new StringBuilder();
        void Line(string text) => deck.Append(text).Append('\n');
        Line($"Attention sub-tile: {querySeconds.Count} dimensions, {keyRows[0].Cells.Count} keys, {valueRows[0].Cells.Count} outputs, {Section} periphery");
        deck.Append(Surroundings(from, keyRows.Length));
        deck.Append(keys.Statements(keyRows)).Append(values.Statements(valueRows));
        for (var j = 1; j <= keyRows[0].Cells.Count; j++)
            Line(ScoreMeasure(j, from));
        for (var c = 1; c <= valueRows[0].Cells.Count; c++)
            deck.Append(OutputMeasures(c, from));
        foreach (var (name, value) in Array.Options)
            Line($".options {name}={Number(value)}");
        Line($".tran {Number(Array.StepSeconds)} {Number(from + StopSeconds)}");
        Line(".save v(integ1) v(read1) v(integ2) v(read2)");
        Line(".end");
        return deck.ToString();
    }

    /// <summary>
    /// What arrays and converters stand in: both libraries, the sources of <c>vdd</c> and <c>vmid</c>, the controls <c>reset</c>,
    /// <c>integ1</c>, <c>read1</c>, <c>integ2</c>, <c>read2</c>.
    /// </summary>
    /// <param name="from">When the write phase ends.</param>
    /// <param name="rows">Of the arrays, for the energy of the write phase.</param>
    public string Surroundings(double from = 0, int rows = 0)
    {
        var half = GapSeconds / 2;
        return $"""
            .include "{Array.Library}"
            .lib "{Periphery}" {Section}
            {(Array with { UseInitialConditions = false }).Supply(rows).TrimEnd()}
            vvmid vmid 0 {Number(MiddleVolts)}
            vreset reset 0 {Gate(from, 0.1 * GapSeconds, 0.4 * GapSeconds, startsHigh: true)}
            vinteg1 integ1 0 {Gate(from, QuerySeconds - half, ScoreSeconds - half)}
            vread1 read1 0 {Gate(from, ScoreSeconds, ScoreSeconds + PulseSeconds)}
            vinteg2 integ2 0 {Gate(from, ScoreSeconds - half, OutputSeconds - half)}
            vread2 read2 0 {Gate(from, OutputSeconds, OutputSeconds + PulseSeconds)}

            """;
    }

    /// <summary>The circuit that makes score j of bitline <c>kblJ</c>.</summary>
    public string ScoreConverter(int j) =>
        $"xs{j} kbl{j} vrwl{j} vrwlb{j} integ1 read1 reset vmid vdd charge_to_pulse q_sat={Number(ScoreSaturationCoulombs)} t_max={Number(PulseSeconds)}";

    /// <summary>The circuit that makes output c of bitline <c>vblC</c>.</summary>
    public string OutputConverter(int c) =>
        $"xo{c} vbl{c} mag{c} sign{c} integ2 read2 reset vmid vdd signed_charge_to_pulse q_sat={Number(OutputSaturationCoulombs)} t_max={Number(PulseSeconds)}";

    /// <summary><c>scoreJ</c>.</summary>
    /// <param name="from">When the write phase ends.</param>
    public string ScoreMeasure(int j, double from = 0) =>
        $".measure tran score{j} integ par('(v(vrwl{j})-v(vmid))/{Number(Array.PeakVolts - Array.IdleVolts)}') from={Number(from + ScoreSeconds - GapSeconds / 2)} to={Number(from + OutputSeconds)}";

    /// <summary><c>magnitudeC</c> and <c>polarityC</c>, a line each.</summary>
    /// <param name="from">When the write phase ends.</param>
    public string OutputMeasures(int c, double from = 0) => $"""
        .measure tran magnitude{c} integ par('v(mag{c})/{Number(Array.SupplyVolts)}') from={Number(from + OutputSeconds - GapSeconds / 2)} to={Number(from + StopSeconds)}
        .measure tran polarity{c} find v(sign{c}) at={Number(from + OutputSeconds + PulseSeconds / 2)}

        """;

    /// <summary>A control that is high between two times at 50 %.</summary>
    private string Gate(double from, double rise, double fall, bool startsHigh = false)
    {
        var (edge, high) = (Array.EdgeSeconds, Array.SupplyVolts);
        (double Seconds, double Volts)[] corners = startsHigh
            ? [(0, high), (from + fall - edge / 2, high), (from + fall + edge / 2, 0)]
            : [(0, 0), (from + rise - edge / 2, 0), (from + rise + edge / 2, high), (from + fall - edge / 2, high), (from + fall + edge / 2, 0)];
        return $"pwl({string.Join(' ', corners.Select(p => $"{Number(p.Seconds)} {Number(p.Volts)}"))})";
    }

    private static string Number(double value) => SpiceNumber.Format(value);
}
