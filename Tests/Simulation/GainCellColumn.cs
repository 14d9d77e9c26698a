namespace AnalogAttention.Tests.Simulation;

/// <summary>The gain cell of Netlists/gain-cell.lib by hand: one column of cells on ideal lines, every store at its own voltage.</summary>
internal static class GainCellColumn
{
    /// <summary>Cells 0 ... count-1 on bitline <c>bl</c>; row k reads with a pulse from 2 ns on, by default of width 15 ns (k + 1) / count.</summary>
    public static TestCircuit Build(int count, Func<int, double> storeVolts, bool uic, Func<int, double>? pulse = null)
    {
        const double edge = 50e-12, start = 2e-9;
        var circuit = new TestCircuit()
            .Model("read_n", "nmos", ("level", 44), ("cox", 17.3e-3), ("xj", 20e-9), ("kp", 333.24e-6), ("vto", 0.30089), ("gamma", 0.27487),
                ("phi", 0.9), ("e0", 1e12), ("ucrit", 500e6), ("lambda", 0.3), ("leta", 0), ("weta", 0), ("cgso", 0.2e-9), ("cgdo", 0.2e-9))
            .Model("read_p", "pmos", ("level", 44), ("cox", 17.3e-3), ("xj", 20e-9), ("kp", 109.73e-6), ("vto", -0.42048), ("gamma", 0.17818),
                ("phi", 0.5), ("ucrit", 18.441e6), ("lambda", 2.0197), ("e0", 1e12), ("leta", 0), ("weta", 0), ("cgso", 0.2e-9), ("cgdo", 0.2e-9))
            .Model("write_n", "nmos", ("level", 44), ("cox", 17.3e-3), ("xj", 20e-9), ("kp", 300e-6), ("vto", 0.45), ("gamma", 0.25),
                ("phi", 0.9), ("e0", 1e12), ("ucrit", 10e6), ("lambda", 0.3), ("leta", 0), ("weta", 0), ("cgso", 0.2e-9), ("cgdo", 0.2e-9))
            .Model("write_p", "pmos", ("level", 44), ("cox", 17.3e-3), ("xj", 20e-9), ("kp", 110e-6), ("vto", -0.45), ("gamma", 0.25),
                ("phi", 0.9), ("e0", 1e12), ("ucrit", 10e6), ("lambda", 0.3), ("leta", 0), ("weta", 0), ("cgso", 0.2e-9), ("cgdo", 0.2e-9))
            .Option("gmin", 1e-18).Option("chgtol", 1e-19)
            .V("vdd", "vdd", "0", 0.9).V("vbl", "bl", "0", 0.45).V("vwbl", "wbl", "0", 0.45).V("vwwl", "wwl", "0", 0).V("vwwlb", "wwlb", "0", 0.9);
        for (var k = 0; k < count; k++)
        {
            var width = pulse?.Invoke(k) ?? 15e-9 * (k + 1) / count;
            circuit
                .V($"vrwl{k}", $"rwl{k}", "0", (0, 0.45), (start, 0.45), (start + edge, 0.9), (start + width, 0.9), (start + width + edge, 0.45))
                .V($"vrwlb{k}", $"rwlb{k}", "0", (0, 0.45), (start, 0.45), (start + edge, 0), (start + width, 0), (start + width + edge, 0.45))
                .M($"x{k}.mn", "bl", $"x{k}.store", $"rwlb{k}", "0", "read_n", 80e-9, 400e-9)
                .M($"x{k}.mp", "bl", $"x{k}.store", $"rwl{k}", "vdd", "read_p", 200e-9, 200e-9)
                .M($"x{k}.mwn", "wbl", "wwl", $"x{k}.store", "0", "write_n", 80e-9, 60e-9)
                .M($"x{k}.mwp", "wbl", "wwlb", $"x{k}.store", "vdd", "write_p", 160e-9, 60e-9)
                .C($"x{k}.cs", $"x{k}.store", "0", 8e-15, uic ? storeVolts(k) : null);
            circuit.Ic($"x{k}.store", storeVolts(k));
            if (uic)
                circuit.Ic($"rwl{k}", 0.45).Ic($"rwlb{k}", 0.45);
        }
        // charges of transistors start from the .ic of their nodes, those of the lines too
        if (uic)
            circuit.Ic("vdd", 0.9).Ic("bl", 0.45).Ic("wbl", 0.45).Ic("wwlb", 0.9);
        return circuit;
    }
}
