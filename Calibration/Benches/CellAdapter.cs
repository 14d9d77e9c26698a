using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AnalogAttention.Circuits;

namespace AnalogAttention.Calibration.Benches;

/// <summary>A subcircuit <c>gain_cell</c> around somebody else's cell; its node <c>store</c> is the cell's own, with no element between.</summary>
internal static class CellAdapter
{
    private const string Subcircuit = "gain_cell", StoreNode = "store";

    /// <summary>What the benches read after the library; null where the library has <c>gain_cell</c> and nothing is mapped.</summary>
    /// <exception cref="BadInputException">The mapping does not fit the library.</exception>
    public static Supplement? Of(CellMapping mapping, string libraryPath)
    {
        if (!mapping.Adapts)
            return null;
        BadInputException Error(string message) => new($"{mapping.Place}: {message}");
        var name = mapping.Cell ?? Subcircuit;
        var subcircuits = DeckReader.Subcircuits(libraryPath);
        var cell = subcircuits.FirstOrDefault(s => s.Name == name)
            ?? throw Error($"there is no subcircuit '{name}' (the library has {(subcircuits.IsEmpty ? "none" : string.Join(", ", subcircuits.Select(s => s.Name)))})");
        var store = mapping.Store ?? StoreNode;
        if (name == Subcircuit && store == StoreNode && mapping.Pins is null && mapping.ConstantVolts.IsEmpty)
            return null;
        if (subcircuits.FirstOrDefault(s => s.Name == Subcircuit) is { } taken)
            throw Error($"the library's own '{Subcircuit}' ({taken.Span}) stands in the way of the mapped cell: rename it");

        var nodes = new Dictionary<string, string>();
        void Tie(string pin, string node)
        {
            if (!cell.Pins.Contains(pin))
                throw Error($"'{name}' has no pin '{pin}' (it has {string.Join(' ', cell.Pins)})");
            if (!nodes.TryAdd(pin, node))
                throw Error($"pin '{pin}' of '{name}' is mapped twice");
        }
        foreach (var (pin, theirs) in mapping.Pins ?? ImmutableSortedDictionary<string, string>.Empty)
            Tie(theirs, pin);
        foreach (var (pin, volts) in mapping.ConstantVolts)
            Tie(pin, volts == 0 ? "0" : $"at_{pin}");
        if (cell.Pins.Contains(store))
            Tie(store, StoreNode);
        foreach (var pin in cell.Pins.Where(p => CellMapping.BenchPins.Contains(p) && !nodes.ContainsKey(p) && mapping.Pins?.ContainsKey(p) != true))
            nodes.Add(pin, pin);
        if (cell.Pins.Where(p => !nodes.ContainsKey(p)).ToList() is [_, ..] missing)
            throw Error($"pin '{missing[0]}' of '{name}' is mapped to nothing: give BENCHPIN={missing[0]} ({string.Join(", ", CellMapping.BenchPins)}) or {missing[0]}=VOLTS");
        if (!nodes.ContainsValue("bl"))
            throw Error($"no pin of '{name}' is the bench's 'bl', whose current is measured");

        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $".subckt {Subcircuit} {string.Join(' ', CellMapping.BenchPins)}\n");
        text.Append(CultureInfo.InvariantCulture, $"xcell {string.Join(' ', cell.Pins.Select(p => nodes[p]))} {name}\n");
        foreach (var (pin, volts) in mapping.ConstantVolts.Where(c => c.Value != 0))
            text.Append(CultureInfo.InvariantCulture, $"vat_{pin} at_{pin} 0 {CellDeck.Spell(volts)}\n");
        if (!cell.Pins.Contains(store))
            text.Append(CultureInfo.InvariantCulture, $".connect {StoreNode} xcell.{store}\n");
        return new Supplement(text.Append(".ends\n").ToString(), mapping.Place);
    }
}
