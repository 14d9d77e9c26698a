using System.Collections.Immutable;
using AnalogAttention.Circuits;
using AnalogAttention.Circuits.Builders;

namespace AnalogAttention.Benchmarks;

/// <summary>
/// The array of the benchmark: one read of 25 ns, started from initial conditions. Stored voltage, width and length of every transistor
/// are continuous random numbers in every cell, so that no result can be used twice; the pulse of a row has one of the 16 input levels, 0 ... 15 ns.
/// </summary>
/// <param name="Library">File name; beside the program or among the product's netlists.</param>
internal sealed record ArrayDeck(int Rows, int Columns, string Library = "gain-cell-level1.lib", string Cell = "gain_cell", bool HasWires = false, bool HasSupplyResistance = false)
{
    private const int Seed = 64;
    private const double Spread = 0.1;

    /// <summary>1 ohm and 0.1 fF per micrometre of cell pitch, the order of a thin copper wire of a 28 nm process (assumed).</summary>
    private static readonly LineWire Wire = new(OhmsPerCell: 1, FaradsPerCell: 0.1e-15);

    private static readonly (string Name, double Metres)[] Dimensions = [("wn", 80e-9), ("ln", 400e-9), ("wp", 200e-9), ("lp", 200e-9), ("ww", 80e-9), ("lw", 60e-9)];

    /// <summary>The whole array.</summary>
    public Circuit Array => Read(Draw());

    /// <summary>One column of it, from 0: its only bitline is <c>bl1</c>.</summary>
    public Circuit Column(int column) => Read([.. Draw().Select(row => row with { Cells = [row.Cells[column]] })]);

    private Circuit Read(ArrayRow[] rows)
    {
        var builder = new ArrayBuilder
        {
            Library = Library,
            Cell = Cell,
            StopSeconds = 25e-9,
            StepSeconds = 0.1e-9,
            UseInitialConditions = true,
            WordLineWire = HasWires ? Wire : null,
            BitlineWire = HasWires ? Wire : null,
            SupplyOhms = HasSupplyResistance ? 10 : 0,
        };
        return DeckReader.Parse(builder.Build(rows), Path.Combine(AppContext.BaseDirectory, "array.cir"));
    }

    private ArrayRow[] Draw()
    {
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, Rows).Select(_ => new ArrayRow(random.Next(16) * 1e-9, [.. Enumerable.Range(0, Columns).Select(_ => DrawCell(random))]))];
    }

    private static ArrayCell DrawCell(Random random) => new(0.9 * random.NextDouble(),
        Dimensions.ToImmutableSortedDictionary(d => d.Name, d => d.Metres * (1 + Spread * (2 * random.NextDouble() - 1))));
}
