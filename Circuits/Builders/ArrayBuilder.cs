using System.Collections.Immutable;
using System.Text;
using AnalogAttention.Circuits.Language;

namespace AnalogAttention.Circuits.Builders;

/// <summary>
/// Composes the deck of an array of gain cells; with one cell per row, of a column. Rows and columns count from 1; names are those of the hardware:
/// <list type="bullet">
/// <item>cell <c>xR_C</c>, its storage node <c>xR_C.store</c>;</item>
/// <item>row R: read lines <c>rwlR</c>, <c>rwlbR</c>, write word lines <c>wwlR</c>, <c>wwlbR</c>;</item>
/// <item>column C: bitline <c>blC</c>, write bitline <c>wblC</c>; an ideal source <c>vblC</c> holds the bitline, and what the cells sink
/// from it during the read is the measure <c>chargeC</c>, coulombs;</item>
/// <item>the source of a line is <c>v</c> and its name. With a <see cref="LineWire"/> the line is a ladder from its driver on: cell
/// <c>xR_C</c> taps <c>rwlR_C</c> and <c>blC_R</c>; row 1 lies next to what holds the bitlines, column 1 next to the drivers of the rows.</item>
/// </list>
/// The read starts at <see cref="ReadSeconds"/>; <see cref="StartSeconds"/> and <see cref="StopSeconds"/> count from there.
/// </summary>
public sealed record ArrayBuilder
{
    /// <summary>Included for the cell; found beside the deck, by the reader's options or among the product's netlists.</summary>
    public string Library { get; init; } = "gain-cell.lib";

    /// <summary>Pins: wbl wwl wwlb rwl rwlb bl vdd; the storage node inside is <c>store</c>.</summary>
    public string Cell { get; init; } = "gain_cell";

    /// <summary>Instance parameters of every cell, SI units.</summary>
    public ImmutableSortedDictionary<string, double> CellParameters { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>Set before the names of lines and in those of cells (<c>xkR_C</c>, <c>krwlR</c>) where several arrays share a deck.</summary>
    public string Prefix { get; init; } = "";

    public double SupplyVolts { get; init; } = 0.9;

    /// <summary>Between the source <c>vdd</c> (then at node <c>supply</c>) and the node <c>vdd</c> that all cells share; 0: none.</summary>
    public double SupplyOhms { get; init; }

    public double BitlineVolts { get; init; } = 0.45;
    public double WriteBitlineVolts { get; init; } = 0.45;
    public double IdleVolts { get; init; } = 0.45;
    public double PeakVolts { get; init; } = 0.9;
    public double EdgeSeconds { get; init; } = 50e-12;

    /// <summary>When every rising edge passes 50 %.</summary>
    public double StartSeconds { get; init; } = 1e-9;

    public double StepSeconds { get; init; } = 50e-12;
    public double StopSeconds { get; init; } = 20e-9;

    /// <summary>Null: the cells hold their voltages from the start.</summary>
    public WritePhase? Write { get; init; }

    /// <summary>
    /// Starts with <c>uic</c>, without an operating point. Every node then has its <c>.ic</c>, the lines too: ngspice starts the gate
    /// charges of a transistor from the <c>.ic</c> of its nodes, 0 V where there is none, and <c>ic=</c> of a capacitor does not reach them.
    /// </summary>
    public bool UseInitialConditions { get; init; }

    /// <summary>Of read and write word lines; null: ideal.</summary>
    public LineWire? WordLineWire { get; init; }

    /// <summary>Of bitlines and write bitlines; null: ideal.</summary>
    public LineWire? BitlineWire { get; init; }

    /// <summary>Statements that hold the bitline of a column, at node <c>blC</c>, in place of the ideal source and its measure.</summary>
    public Func<int, IEnumerable<string>>? HoldBitline { get; init; }

    /// <summary>Statements that drive the read lines of a row, at nodes <c>rwlR</c> and <c>rwlbR</c>, in place of sources with its pulse.</summary>
    public Func<int, IEnumerable<string>>? DriveReadLines { get; init; }

    /// <summary>
    /// Adds a measure <c>energyLINE</c> for each source of the array (<c>energyrwl1</c>, <c>energybl1</c>): joules that it delivers during the
    /// read, and <c>writeenergyLINE</c>, those during the write phase where there is one.
    /// </summary>
    public bool MeasureEnergies { get; init; }

    /// <summary>For <c>.save</c>, beside the currents of the bitline sources; an array would fill the memory with its nodes.</summary>
    public ImmutableArray<string> Saved { get; init; } = [];

    /// <summary>A gmin above 1e-18 S would leak from the stores.</summary>
    public ImmutableSortedDictionary<string, double> Options { get; init; } =
        ImmutableSortedDictionary<string, double>.Empty.Add("gmin", 1e-18).Add("chgtol", 1e-19);

    /// <summary>When the write phase ends and the read begins.</summary>
    public double ReadSeconds(int rows) => Write is null ? 0 : rows * Write.RowSeconds(EdgeSeconds);

    /// <returns>Deck text for <see cref="DeckReader"/>: the array, its supply, one transient over write and read.</returns>
    /// <exception cref="ArgumentException">
    /// No rows or columns, rows of different lengths, a value that is no number or of the wrong sign, a name with blanks, or a pulse that
    /// does not fit between the start and the end of the read.
    /// </exception>
    public string Build(IReadOnlyList<ArrayRow> rows)
    {
        Check(rows);
        var deck = new StringBuilder();
        deck.Append($"Array of {rows.Count} x {(rows.Count == 0 ? 0 : rows[0].Cells.Count)} gain cells\n");
        deck.Append($".include \"{Library}\"\n");
        deck.Append(Supply(rows.Count));
        deck.Append(Statements(rows));
        foreach (var (name, value) in Options)
            deck.Append($".options {name}={Number(value)}\n");
        deck.Append($".tran {Number(StepSeconds)} {Number(ReadSeconds(rows.Count) + StopSeconds)}{(UseInitialConditions ? " uic" : "")}\n.end\n");
        return deck.ToString();
    }

    /// <returns>The source <c>vdd</c>, its resistance, initial voltage and energy.</returns>
    internal string Supply(int rows)
    {
        var deck = new StringBuilder();
        if (SupplyOhms > 0)
            deck.Append($"vdd supply 0 {Number(SupplyVolts)}\nrsupply supply vdd {Number(SupplyOhms)}\n");
        else
            deck.Append($"vdd vdd 0 {Number(SupplyVolts)}\n");
        if (UseInitialConditions)
            deck.Append($".ic v(vdd)={Number(SupplyVolts)}\n");
        if (MeasureEnergies)
            AppendEnergy(deck, "vdd", SupplyOhms > 0 ? "-v(supply)*i(vdd)" : "-v(vdd)*i(vdd)", rows);
        return deck.ToString();
    }

    /// <returns>The array alone, to be put into a deck that includes the cell's library, has a node <c>vdd</c> and runs the analysis.</returns>
    /// <exception cref="ArgumentException">As of <see cref="Build"/>.</exception>
    public string Statements(IReadOnlyList<ArrayRow> rows)
    {
        Check(rows);
        var deck = new StringBuilder();
        for (var c = 1; c <= rows[0].Cells.Count; c++)
            AppendColumn(deck, c, rows);
        for (var r = 1; r <= rows.Count; r++)
        {
            AppendRow(deck, r, rows);
            for (var c = 1; c <= rows[r - 1].Cells.Count; c++)
                AppendCell(deck, r, c, rows[r - 1].Cells[c - 1]);
        }
        AppendSaved(deck, rows[0].Cells.Count);
        return deck.ToString();
    }

    private void Check(IReadOnlyList<ArrayRow> rows)
    {
        if (rows.Count == 0 || rows.Any(row => row?.Cells is null or { Count: 0 }))
            throw new ArgumentException("an array needs at least one row and one column", nameof(rows));
        if (rows.FirstOrDefault(row => row.Cells.Count != rows[0].Cells.Count) is { } odd)
            throw new ArgumentException($"a row of {odd.Cells.Count} cells among rows of {rows[0].Cells.Count}", nameof(rows));
        if (!Prefix.All(char.IsAsciiLetterOrDigit))
            throw new ArgumentException($"'{Prefix}' cannot begin the name of a line", nameof(rows));
        foreach (var (name, volts) in new[] { ("supply", SupplyVolts), ("bitline", BitlineVolts), ("write bitline", WriteBitlineVolts), ("idle read line", IdleVolts), ("read pulse", PeakVolts) })
            if (!double.IsFinite(volts))
                throw new ArgumentException($"the {name} is at {Number(volts)} V", nameof(rows));
        if (!(SupplyOhms >= 0 && double.IsFinite(SupplyOhms)))
            throw new ArgumentException($"the supply has {Number(SupplyOhms)} ohm", nameof(rows));
        if (!(EdgeSeconds > 0 && StepSeconds > 0 && double.IsFinite(StepSeconds) && double.IsFinite(StopSeconds)))
            throw new ArgumentException("edges, steps and the end of the read have to be positive times", nameof(rows));
        if (!(StartSeconds >= EdgeSeconds / 2))
            throw new ArgumentException("the rising edge starts before the read", nameof(rows));
        foreach (var wire in new[] { WordLineWire, BitlineWire }.OfType<LineWire>())
        {
            if (!(wire.OhmsPerCell > 0 && wire.FaradsPerCell >= 0 && double.IsFinite(wire.OhmsPerCell) && double.IsFinite(wire.FaradsPerCell)))
                throw new ArgumentException("a wire needs a positive resistance and no negative capacitance", nameof(rows));
        }
        foreach (var row in rows)
        {
            if (!(row.PulseSeconds >= 0) || StartSeconds + row.PulseSeconds + EdgeSeconds / 2 > StopSeconds)
                throw new ArgumentException($"a pulse of {Number(row.PulseSeconds)} s does not fit into the read of {Number(StopSeconds)} s", nameof(rows));
            if (row.Cells.FirstOrDefault(cell => !double.IsFinite(cell.StoreVolts)) is { } cell)
                throw new ArgumentException($"a cell stores {Number(cell.StoreVolts)} V", nameof(rows));
        }
        Write?.Check(EdgeSeconds);
    }

    private void AppendColumn(StringBuilder deck, int c, IReadOnlyList<ArrayRow> rows)
    {
        string bitline = Line("bl", c), writeBitline = Line("wbl", c);
        if (HoldBitline is { } hold)
            foreach (var statement in hold(c))
                deck.Append(statement).Append('\n');
        else
        {
            // from ground to the bitline: i > 0 is current that the cells sink
            deck.Append($"v{bitline} 0 {bitline} {Number(-BitlineVolts)}\n");
            deck.Append($".measure tran charge{Prefix}{c} integ i(v{bitline})");
            deck.Append(Write is null ? "\n" : $" from={Number(ReadSeconds(rows.Count))}\n");
            if (MeasureEnergies)
                AppendEnergy(deck, bitline, $"v({bitline})*i(v{bitline})", rows.Count);
        }
        AppendSource(deck, rows.Count, writeBitline, Write?.Bitline(rows.Select(row => row.Cells[c - 1].StoreVolts), EdgeSeconds, WriteBitlineVolts) ?? Number(WriteBitlineVolts));
        AppendWire(deck, bitline, rows.Count, BitlineWire, BitlineVolts);
        AppendWire(deck, writeBitline, rows.Count, BitlineWire, Write?.Quantised(rows[0].Cells[c - 1].StoreVolts) ?? WriteBitlineVolts);
    }

    private void AppendRow(StringBuilder deck, int r, IReadOnlyList<ArrayRow> rows)
    {
        var row = rows[r - 1];
        string read = Line("rwl", r), mirrored = Line("rwlb", r), write = Line("wwl", r), complement = Line("wwlb", r);
        if (DriveReadLines is { } drive)
            foreach (var statement in drive(r))
                deck.Append(statement).Append('\n');
        else
        {
            var pulse = new ReadPulse(row.PulseSeconds, ReadSeconds(rows.Count) + StartSeconds, EdgeSeconds, IdleVolts, PeakVolts);
            AppendSource(deck, rows.Count, read, pulse.Rising);
            AppendSource(deck, rows.Count, mirrored, pulse.Mirrored);
        }
        AppendSource(deck, rows.Count, write, Write?.WordLine(r, EdgeSeconds, 0, Write.OpenVolts) ?? "0");
        AppendSource(deck, rows.Count, complement, Write?.WordLine(r, EdgeSeconds, SupplyVolts, 0) ?? Number(SupplyVolts));
        foreach (var (line, idleVolts) in new[] { (read, IdleVolts), (mirrored, IdleVolts), (write, 0), (complement, SupplyVolts) })
            AppendWire(deck, line, row.Cells.Count, WordLineWire, idleVolts);
    }

    private void AppendCell(StringBuilder deck, int r, int c, ArrayCell cell)
    {
        deck.Append($"x{Prefix}{r}_{c}");
        deck.Append(' ').Append(Tap(Line("wbl", c), r, BitlineWire));
        foreach (var line in new[] { "wwl", "wwlb", "rwl", "rwlb" })
            deck.Append(' ').Append(Tap(Line(line, r), c, WordLineWire));
        deck.Append(' ').Append(Tap(Line("bl", c), r, BitlineWire)).Append(" vdd ").Append(Cell);
        foreach (var (name, value) in cell.Parameters is { } own ? CellParameters.SetItems(own) : CellParameters)
            deck.Append(' ').Append(name).Append('=').Append(Number(value));
        deck.Append($"\n.ic v(x{Prefix}{r}_{c}.store)={Number(Write?.FromVolts ?? cell.StoreVolts)}\n");
    }

    private void AppendSaved(StringBuilder deck, int columns)
    {
        var saved = HoldBitline is null ? Enumerable.Range(1, columns).Select(c => $"i(v{Line("bl", c)})").Concat(Saved) : Saved;
        foreach (var group in saved.Chunk(16))
            deck.Append(".save ").AppendJoin(' ', group).Append('\n');
    }

    private void AppendSource(StringBuilder deck, int rows, string line, string value)
    {
        deck.Append($"v{line} {line} 0 {value}\n");
        if (MeasureEnergies)
            AppendEnergy(deck, line, $"-v({line})*i(v{line})", rows);
    }

    private void AppendEnergy(StringBuilder deck, string line, string watts, int rows)
    {
        deck.Append($".measure tran energy{line} integ par('{watts}')");
        if (Write is null)
            deck.Append('\n');
        else
            deck.Append($" from={Number(ReadSeconds(rows))}\n.measure tran writeenergy{line} integ par('{watts}') to={Number(ReadSeconds(rows))}\n");
    }

    private void AppendWire(StringBuilder deck, string line, int cells, LineWire? wire, double initialVolts)
    {
        if (UseInitialConditions)
            deck.Append($".ic v({line})={Number(initialVolts)}\n");
        if (wire is null)
            return;
        var before = line;
        for (var k = 1; k <= cells; k++)
        {
            var tap = Tap(line, k, wire);
            deck.Append($"r{tap} {before} {tap} {Number(wire.OhmsPerCell)}\n");
            if (wire.FaradsPerCell > 0)
                deck.Append($"c{tap} {tap} 0 {Number(wire.FaradsPerCell)}\n");
            if (UseInitialConditions)
                deck.Append($".ic v({tap})={Number(initialVolts)}\n");
            before = tap;
        }
    }

    private string Line(string name, int number) => $"{Prefix}{name}{number}";

    private static string Tap(string line, int cell, LineWire? wire) => wire is null ? line : $"{line}_{cell}";

    private static string Number(double value) => SpiceNumber.Format(value);
}
