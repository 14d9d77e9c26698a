using System.Collections.Immutable;
using AnalogAttention.Circuits.Language;

namespace AnalogAttention.Circuits;

/// <summary>
/// A formula over voltages, currents, time and temperature: parameters are evaluated, functions of the deck inlined, names flat.
/// Its text is what ngspice's behavioural sources read, with as few brackets as the operators need.
/// </summary>
public abstract record Formula
{
    /// <summary>Binding strength of the outermost operator: 0 for <c>?:</c>, 9 for what stands alone.</summary>
    internal abstract int Strength { get; }

    /// <summary>Longest path to a leaf, a chain of sums or products counted once.</summary>
    internal abstract int Height { get; }

    /// <summary>Operators, functions and leaves, those of a shared part counted where they stand.</summary>
    internal virtual long Size => 1;

    internal virtual IEnumerable<Formula> Parts => [];

    internal abstract string Text { get; }

    public sealed override string ToString() => Text;

    /// <summary>This and everything in it.</summary>
    public IEnumerable<Formula> All
    {
        get
        {
            var waiting = new Stack<Formula>([this]);
            while (waiting.TryPop(out var next))
            {
                yield return next;
                foreach (var part in next.Parts.Reverse())
                    waiting.Push(part);
            }
        }
    }

    private protected string In(int least) => Strength >= least ? Text : $"({Text})";

    private protected static string At(Formula formula, int least) => formula.In(least);

    private protected static int Above(IEnumerable<Formula> parts) => parts.Select(p => p.Height).DefaultIfEmpty(0).Max() + 1;
}

public sealed record ConstantFormula(double Value) : Formula
{
    internal override int Strength => Value < 0 || double.IsNegative(Value) ? 7 : 9;
    internal override int Height => 1;
    internal override string Text => SpiceNumber.Format(Value);
}

/// <summary>V(Positive, Negative); ground is <c>0</c>.</summary>
public sealed record VoltageFormula(string Positive, string Negative = "0") : Formula
{
    internal override int Strength => 9;
    internal override int Height => 1;
    internal override string Text => Negative == "0" ? $"v({Positive})" : $"v({Positive},{Negative})";
}

/// <summary>Branch current of an element that has one (V, L, E, H, a behavioural voltage), from its first node through it to the second.</summary>
/// <param name="Element">Flat name.</param>
public sealed record CurrentFormula(string Element) : Formula
{
    internal override int Strength => 9;
    internal override int Height => 1;
    internal override string Text => $"i({DeckWriter.Control(Element)})";
}

/// <summary>Seconds of a transient, 0 elsewhere.</summary>
public sealed record TimeFormula : Formula
{
    internal override int Strength => 9;
    internal override int Height => 1;
    internal override string Text => "time";
}

/// <summary>Degrees Celsius.</summary>
public sealed record TemperatureFormula : Formula
{
    internal override int Strength => 9;
    internal override int Height => 1;
    internal override string Text => "temper";
}

public enum UnaryOperator { Negate, Plus, Not }

public enum BinaryOperator { Add, Subtract, Multiply, Divide, Remainder, Power, Less, LessOrEqual, Greater, GreaterOrEqual, Equal, NotEqual, And, Or }

public sealed record UnaryFormula(UnaryOperator Operator, Formula Operand) : Formula
{
    internal override int Strength => 7;
    internal override int Height { get; } = Operand.Height + 1;
    internal override long Size { get; } = Operand.Size + 1;
    internal override IEnumerable<Formula> Parts => [Operand];
    internal override string Text => (Operator == UnaryOperator.Not ? "!" : "-") + At(Operand, 8);
}

public sealed record BinaryFormula(BinaryOperator Operator, Formula Left, Formula Right) : Formula
{
    internal override int Strength => Operator switch
    {
        BinaryOperator.Or => 1,
        BinaryOperator.And => 2,
        BinaryOperator.Equal or BinaryOperator.NotEqual => 3,
        BinaryOperator.Less or BinaryOperator.LessOrEqual or BinaryOperator.Greater or BinaryOperator.GreaterOrEqual => 4,
        BinaryOperator.Add or BinaryOperator.Subtract => 5,
        BinaryOperator.Power => 8,
        _ => 6,
    };

    internal override int Height { get; } = Math.Max(Left is BinaryFormula chain && Chains.Continues(Operator, chain.Operator) ? Left.Height - 1 : Left.Height, Right.Height) + 1;
    internal override long Size { get; } = Left.Size + Right.Size + 1;
    internal override IEnumerable<Formula> Parts => [Left, Right];

    /// <summary>Operands of the chain that ends here.</summary>
    internal int Operands { get; } = Left is BinaryFormula chain && Chains.Continues(Operator, chain.Operator) ? chain.Operands + 1 : 2;

    internal override string Text
    {
        get
        {
            var (first, rest) = Chains.Unwound(this);
            return At(first, Strength) + string.Concat(rest.Select(step => step.Symbol + At(step.Right, Strength + 1)));
        }
    }

    public bool Equals(BinaryFormula? other)
    {
        if (other is null || Size != other.Size)
            return false;
        var ((first, rest), (otherFirst, otherRest)) = (Chains.Unwound(this), Chains.Unwound(other));
        return rest.Count == otherRest.Count && first.Equals(otherFirst) && rest.Zip(otherRest).All(p => p.First.Operator == p.Second.Operator && p.First.Right.Equals(p.Second.Right));
    }

    public override int GetHashCode() => HashCode.Combine(Operator, Right, Size);

    private string Symbol => Operator switch
    {
        BinaryOperator.Add => " + ",
        BinaryOperator.Subtract => " - ",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        BinaryOperator.Power => "^",
        BinaryOperator.Less => "<",
        BinaryOperator.LessOrEqual => "<=",
        BinaryOperator.Greater => ">",
        BinaryOperator.GreaterOrEqual => ">=",
        BinaryOperator.Equal => "==",
        BinaryOperator.NotEqual => "!=",
        BinaryOperator.And => " && ",
        BinaryOperator.Or => " || ",
        _ => throw new InvalidOperationException(Operator.ToString()),
    };
}

public sealed record ChoiceFormula(Formula Condition, Formula WhenTrue, Formula WhenFalse) : Formula
{
    internal override int Strength => 0;
    internal override int Height { get; } = Above([Condition, WhenTrue, WhenFalse]);
    internal override long Size { get; } = Condition.Size + WhenTrue.Size + WhenFalse.Size + 1;
    internal override IEnumerable<Formula> Parts => [Condition, WhenTrue, WhenFalse];
    internal override string Text => $"{At(Condition, 1)} ? {At(WhenTrue, 1)} : {At(WhenFalse, 1)}";
}

/// <summary>
/// A function by its name in ngspice's behavioural sources, <c>ddt</c> and <c>pwl</c> among them. Of E, G, F and H there are also
/// <c>table(x, x1, y1, ...)</c> and <c>poly(n, controls ..., coefficients ...)</c>: always outermost, written in the element's own form.
/// </summary>
public sealed record CallFormula(string Function, ImmutableArray<Formula> Arguments) : Formula
{
    internal override int Strength => 9;
    internal override int Height { get; } = Above(Arguments);
    internal override long Size { get; } = Arguments.Sum(a => a.Size) + 1;
    internal override IEnumerable<Formula> Parts => Arguments;
    internal override string Text => $"{Function}({string.Join(", ", Arguments.Select(a => a.Text))})";
}
