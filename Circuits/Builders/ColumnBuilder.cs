using System.Collections.Immutable;
using System.Text;
using AnalogAttention.Circuits.Language;

namespace AnalogAttention.Circuits.Builders;

/// <summary>One cell of a column: the voltage it stores and the width of its read pulse (0: none).</summary>
public sealed record ColumnRow(double StoreVolts, double PulseSeconds);

/// <summary>
/// Composes the deck of a column: N gain cells on one bitline, each with its own read lines and stored voltage, write paths off.
/// Cell N (from 1) is instance <c>xN</c> on lines <c>rwlN</c>, <c>rwlbN</c>; its stored voltage is an <c>.ic</c> on <c>xN.store</c>.
/// The bitline is held by the ideal source <c>vbl</c>, whose current is what the cells sink; its integral over the run is the measure
/// <c>charge</c>, in coulombs.
/// </summary>
public sealed record ColumnBuilder
{
    /// <summary>Included for the cell; found beside the deck, by the reader's options or among the product's netlists.</summary>
    public string Library { get; init; } = "gain-cell.lib";

    /// <summary>Pins: wbl wwl wwlb rwl rwlb bl vdd.</summary>
    public string Cell { get; init; } = "gain_cell";

    /// <summary>Instance parameters of every cell, SI units.</summary>
    public ImmutableSortedDictionary<string, double> CellParameters { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    public double SupplyVolts { get; init; } = 0.9;
    public double BitlineVolts { get; init; } = 0.45;
    public double WriteBitlineVolts { get; init; } = 0.45;
    public double IdleVolts { get; init; } = 0.45;
    public double PeakVolts { get; init; } = 0.9;
    public double EdgeSeconds { get; init; } = 50e-12;

    /// <summary>When every rising edge passes 50 %.</summary>
    public double StartSeconds { get; init; } = 1e-9;

    public double StepSeconds { get; init; } = 50e-12;
    public double StopSeconds { get; init; } = 20e-9;

    /// <summary>A gmin above 1e-18 S would leak from the stores.</summary>
    public ImmutableSortedDictionary<string, double> Options { get; init; } =
        ImmutableSortedDictionary<string, double>.Empty.Add("gmin", 1e-18).Add("chgtol", 1e-19);

    /// <returns>Deck text for <see cref="DeckReader"/>.</returns>
    /// <exception cref="ArgumentException">No rows, or a pulse that does not fit between the start and the end of the run.</exception>
    public string Build(IReadOnlyList<ColumnRow> rows)
    {
        if (rows.Count == 0)
            throw new ArgumentException("a column needs at least one row", nameof(rows));
        if (StartSeconds < EdgeSeconds / 2)
            throw new ArgumentException("the rising edge starts before the run", nameof(rows));
        foreach (var row in rows)
        {
            if (!(row.PulseSeconds >= 0) || StartSeconds + row.PulseSeconds + EdgeSeconds / 2 > StopSeconds)
                throw new ArgumentException($"a pulse of {SpiceNumber.Format(row.PulseSeconds)} s does not fit into the run of {SpiceNumber.Format(StopSeconds)} s", nameof(rows));
        }

        var deck = new StringBuilder();
        void Line(string text) => deck.Append(text).Append('\n');
        Line($"Column of {rows.Count} gain cells on one bitline");
        Line($".include \"{Library}\"");
        Line($"vdd vdd 0 {Number(SupplyVolts)}");
        Line($"vwbl wbl 0 {Number(WriteBitlineVolts)}");
        Line("vwwl wwl 0 0");
        Line($"vwwlb wwlb 0 {Number(SupplyVolts)}");
        Line("* From ground to the bitline: i(vbl) > 0 is current that the cells sink.");
        Line($"vbl 0 bl {Number(-BitlineVolts)}");
        var parameters = string.Concat(CellParameters.Select(p => $" {p.Key}={Number(p.Value)}"));
        for (var i = 0; i < rows.Count; i++)
        {
            var n = i + 1;
            var pulse = new ReadPulse(rows[i].PulseSeconds, StartSeconds, EdgeSeconds, IdleVolts, PeakVolts);
            Line($"vrwl{n} rwl{n} 0 {pulse.Rising}");
            Line($"vrwlb{n} rwlb{n} 0 {pulse.Mirrored}");
            Line($"x{n} wbl wwl wwlb rwl{n} rwlb{n} bl vdd {Cell}{parameters}");
            Line($".ic v(x{n}.store)={Number(rows[i].StoreVolts)}");
        }
        foreach (var (name, value) in Options)
            Line($".options {name}={Number(value)}");
        Line($".tran {Number(StepSeconds)} {Number(StopSeconds)}");
        Line(".measure tran charge integ i(vbl)");
        Line(".end");
        return deck.ToString();
    }

    private static string Number(double value) => SpiceNumber.Format(value);
}
