using AnalogAttention.Circuits;

namespace AnalogAttention.Simulation.Devices.Behavioural;

/// <summary>What one evaluation of a formula depends on beside the unknowns.</summary>
/// <param name="ChargeRate">1/s, 0 at rest: a <c>ddt(q)</c> is ChargeRate q + History.</param>
internal readonly record struct Surroundings(double Seconds, double Celsius, double ChargeRate);

/// <summary>
/// A formula as a flat list of instructions. One pass gives its value and its derivatives with respect to every unknown in it
/// (forward mode: Griewank and Walther, Evaluating Derivatives, 2008, chapter 3).
/// </summary>
internal sealed class FormulaProgram
{
    private readonly Instruction[] _code;
    private readonly double[] _values;
    private readonly double[] _slopes;
    private readonly bool[] _outside;
    private readonly int[] _states;

    public FormulaProgram(Formula formula, UnknownTable unknowns)
    {
        var compiler = new FormulaCompiler(unknowns);
        compiler.Compile(formula);
        _code = [.. compiler.Code];
        Unknowns = [.. compiler.Columns];
        _states = [.. _code.Select((c, k) => (c, k)).Where(p => p.c.Operation == Operation.Derivative).Select(p => p.k)];
        _values = new double[_code.Length];
        _outside = new bool[_code.Length];
        _slopes = new double[_code.Length * Unknowns.Length];
    }

    /// <summary>Unknowns in the order of <see cref="Slopes"/>.</summary>
    public int[] Unknowns { get; }

    /// <summary>Derivatives of the value, from the last evaluation.</summary>
    public ReadOnlySpan<double> Slopes => _slopes.AsSpan(_slopes.Length - Unknowns.Length);

    /// <summary>
    /// The value of the last evaluation rests on a function outside its domain (a root or logarithm of something negative), carried on
    /// beyond it. What a condition did not choose does not count.
    /// </summary>
    public bool IsOutside => _outside[^1];

    /// <summary>Times at which a <c>pwl(time, ...)</c> turns.</summary>
    public IEnumerable<double> Corners => _code.Where(c => c.Operation == Operation.Lines && _code[c.A].Operation == Operation.Time).SelectMany(c => c.X!);

    /// <summary>Value at x; charges of <c>ddt</c> are written, their history read, both counted from this formula's first state.</summary>
    public double Evaluate(ReadOnlySpan<double> x, in Surroundings around, ReadOnlySpan<double> history, Span<double> charges)
    {
        var n = Unknowns.Length;
        var state = 0;
        for (var k = 0; k < _code.Length; k++)
        {
            ref readonly var code = ref _code[k];
            var slopes = _slopes.AsSpan(k * n, n);
            switch (code.Operation)
            {
                case Operation.Constant:
                    _values[k] = code.Value;
                    break;
                case Operation.Time:
                    _values[k] = around.Seconds;
                    break;
                case Operation.Temperature:
                    _values[k] = around.Celsius;
                    break;
                case Operation.Unknown:
                    _values[k] = (code.A < 0 ? 0 : x[Unknowns[code.A]]) - (code.B < 0 ? 0 : x[Unknowns[code.B]]);
                    slopes.Clear();
                    if (code.A >= 0)
                        slopes[code.A] = 1;
                    if (code.B >= 0)
                        slopes[code.B] -= 1;
                    break;
                case Operation.Choice:
                    var chosen = _values[code.A] != 0 ? code.B : code.C;
                    _values[k] = _values[chosen];
                    _outside[k] = _outside[code.A] || _outside[chosen];
                    _slopes.AsSpan(chosen * n, n).CopyTo(slopes);
                    break;
                case Operation.Derivative:
                    _outside[k] = _outside[code.A];
                    var charge = charges[state] = _values[code.A];
                    _values[k] = around.ChargeRate == 0 ? 0 : around.ChargeRate * charge + history[state];
                    Scaled(code.A, around.ChargeRate, slopes);
                    state++;
                    break;
                default:
                    if (code.B >= 0)
                    {
                        (_values[k], var byLeft, var byRight) = FormulaFunctions.Binary(code.Operation, _values[code.A], _values[code.B]);
                        _outside[k] = _outside[code.A] || _outside[code.B];
                        Combined(code.A, byLeft, code.B, byRight, slopes);
                    }
                    else
                    {
                        (_values[k], var slope, var inside) = FormulaFunctions.Unary(code, _values[code.A]);
                        _outside[k] = _outside[code.A] || !inside;
                        Scaled(code.A, slope, slopes);
                    }
                    break;
            }
        }
        return _values[^1];
    }

    /// <summary>Moves the charges of the last evaluation along their derivatives.</summary>
    public void MoveCharges(ReadOnlySpan<double> delta, Span<double> charges)
    {
        var n = Unknowns.Length;
        for (var k = 0; k < _states.Length; k++)
            for (var column = 0; column < n; column++)
                charges[k] += _slopes[_code[_states[k]].A * n + column] * delta[Unknowns[column]];
    }

    private void Scaled(int from, double factor, Span<double> slopes)
    {
        var source = _slopes.AsSpan(from * slopes.Length, slopes.Length);
        for (var column = 0; column < slopes.Length; column++)
            slopes[column] = source[column] == 0 ? 0 : factor * source[column];
    }

    // what does not depend on an unknown keeps a slope of 0 even where the factor is infinite
    private void Combined(int a, double byA, int b, double byB, Span<double> slopes)
    {
        ReadOnlySpan<double> left = _slopes.AsSpan(a * slopes.Length, slopes.Length), right = _slopes.AsSpan(b * slopes.Length, slopes.Length);
        for (var column = 0; column < slopes.Length; column++)
            slopes[column] = (left[column] == 0 ? 0 : byA * left[column]) + (right[column] == 0 ? 0 : byB * right[column]);
    }
}
