using System.Text;
using AnalogAttention.Circuits.Language;

namespace AnalogAttention.Circuits.Builders;

/// <summary>
/// Rows are written one after another from t = 0: the write bitlines take the levels of the row, its write word line opens, closes, and
/// the write bitlines go on to the next row. The levels are those of a DAC; what a cell is to store is rounded to the nearest one.
/// </summary>
public sealed record WritePhase
{
    /// <summary>Of the DAC: 8 levels are 3 bit.</summary>
    public int Levels { get; init; } = 8;

    public double LowVolts { get; init; }
    public double HighVolts { get; init; } = 0.9;

    /// <summary>From the start of the opening edge to the start of the closing edge.</summary>
    public double OpenSeconds { get; init; } = 10e-9;

    /// <summary>Between a change of the write bitlines and the edges of the write word line, before and after.</summary>
    public double GuardSeconds { get; init; } = 0.5e-9;

    /// <summary>Of an open write word line; above the supply where it is boosted.</summary>
    public double OpenVolts { get; init; } = 0.9;

    /// <summary>Of every store before its row is written.</summary>
    public double FromVolts { get; init; }

    public double StepVolts => (HighVolts - LowVolts) / (Levels - 1);

    public double RowSeconds(double edgeSeconds) => 2 * GuardSeconds + OpenSeconds + edgeSeconds;

    /// <exception cref="ArgumentException">Fewer than two levels, a word line that never opens, or times of the wrong sign.</exception>
    internal void Check(double edgeSeconds)
    {
        if (Levels < 2 || !double.IsFinite(StepVolts))
            throw new ArgumentException($"a DAC of {Levels} levels from {SpiceNumber.Format(LowVolts)} to {SpiceNumber.Format(HighVolts)} V");
        if (!(OpenSeconds > edgeSeconds && GuardSeconds > edgeSeconds && double.IsFinite(OpenSeconds) && double.IsFinite(GuardSeconds)))
            throw new ArgumentException($"a write of {SpiceNumber.Format(OpenSeconds)} s with {SpiceNumber.Format(GuardSeconds)} s around it has no room for edges of {SpiceNumber.Format(edgeSeconds)} s");
        if (!double.IsFinite(OpenVolts) || !double.IsFinite(FromVolts))
            throw new ArgumentException($"a write word line of {SpiceNumber.Format(OpenVolts)} V, stores from {SpiceNumber.Format(FromVolts)} V");
    }

    /// <summary>The nearest level of the DAC; ties to even levels.</summary>
    public double Quantised(double volts) =>
        LowVolts + StepVolts * Math.Clamp(Math.Round((volts - LowVolts) / StepVolts), 0, Levels - 1);

    /// <summary>A source value for a write word line of row <paramref name="row"/> (from 1): between closed and open.</summary>
    internal string WordLine(int row, double edgeSeconds, double closedVolts, double openVolts)
    {
        var open = (row - 1) * RowSeconds(edgeSeconds) + GuardSeconds;
        var close = open + OpenSeconds;
        return Pwl([(open, closedVolts), (open + edgeSeconds, openVolts), (close, openVolts), (close + edgeSeconds, closedVolts)]);
    }

    /// <summary>A source value for the write bitline of a column that stores these voltages, row 1 first, and then rests.</summary>
    internal string Bitline(IEnumerable<double> storeVolts, double edgeSeconds, double idleVolts)
    {
        var corners = new List<(double, double)>();
        double start = 0, last = 0;
        foreach (var volts in storeVolts.Select(Quantised).Append(idleVolts))
        {
            if (corners.Count > 0)
                corners.Add((start, last));
            corners.Add((corners.Count == 0 ? 0 : start + edgeSeconds, volts));
            start += RowSeconds(edgeSeconds);
            last = volts;
        }
        return Pwl(corners);
    }

    private static string Pwl(IReadOnlyList<(double Seconds, double Volts)> corners)
    {
        var text = new StringBuilder("pwl(");
        foreach (var (seconds, volts) in corners)
            text.Append(text.Length > 4 ? " " : "").Append(SpiceNumber.Format(seconds)).Append(' ').Append(SpiceNumber.Format(volts));
        return text.Append(')').ToString();
    }
}
