namespace AnalogAttention.Simulation.Measures;

/// <summary>What the names in an expression mean over a scope.</summary>
internal static class MeasureSignals
{
    /// <summary><c>v(a)</c>, <c>v(a,b)</c>, <c>i(x)</c>; of an <c>.ac</c> also <c>re(v(a))</c>, whose kind is <c>re(v</c>.</summary>
    /// <exception cref="MeasureFailure">There is no such column.</exception>
    public static Func<int, double> Probe(string kind, string arguments, MeasureScope scope)
    {
        // a complex signal by itself means its real part, as in ngspice
        var whole = kind.Contains('(') ? Column($"{kind}({arguments}))", scope) : Column($"{kind}({arguments})", scope) ?? Column($"re({kind}({arguments}))", scope);
        if (whole is not null)
            return k => whole[k];
        var names = arguments.Split(',');
        if (kind[^1] == 'v' && names.Length == 2)
        {
            Func<int, double> a = Probe(kind, names[0], scope), b = Probe(kind, names[1], scope);
            return k => a(k) - b(k);
        }
        if (kind[^1] == 'v' && arguments == "0")
            return _ => 0;
        throw new MeasureFailure($"there is no {kind}({arguments})");
    }

    /// <summary>An earlier measure, <c>pi</c>, or a column.</summary>
    /// <exception cref="MeasureFailure">There is nothing of that name.</exception>
    public static Func<int, double> Named(string name, MeasureScope scope)
    {
        if (scope.Measures.TryGetValue(name, out var value))
            return _ => value;
        if (name == "pi")
            return _ => Math.PI;
        var column = Column(name, scope) ?? Column($"v({name})", scope) ?? throw new MeasureFailure($"there is no '{name}'");
        return k => column[k];
    }

    private static double[]? Column(string name, MeasureScope scope) =>
        scope.Waves?.Columns.FirstOrDefault(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.Values;
}
