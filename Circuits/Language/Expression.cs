using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>A formula over parameters, as written between braces or quotes.</summary>
/// <param name="Height">Longest path to a leaf, a chain of sums or products counted once: bounded, so that evaluation may recurse.</param>
internal abstract record Expression(SourceSpan Span, int Height);

internal sealed record NumberExpression(SourceSpan Span, double Value) : Expression(Span, 1);

internal sealed record NameExpression(SourceSpan Span, string Name) : Expression(Span, 1);

internal sealed record UnaryExpression(SourceSpan Span, UnaryOperator Operator, Expression Operand) : Expression(Span, Operand.Height + 1);

internal sealed record BinaryExpression(SourceSpan Span, BinaryOperator Operator, Expression Left, Expression Right)
    : Expression(Span, Math.Max(Left is BinaryExpression chain && Chains.Continues(Operator, chain.Operator) ? Left.Height - 1 : Left.Height, Right.Height) + 1)
{
    /// <summary>Operands of the chain that ends here.</summary>
    public int Operands { get; } = Left is BinaryExpression chain && Chains.Continues(Operator, chain.Operator) ? chain.Operands + 1 : 2;
}

/// <summary><c>a + b - c ...</c> and <c>a * b / c ...</c> are chains: evaluated from left to right in a loop, they do not nest.</summary>
internal static class Chains
{
    public const int MostOperands = 2000;

    public static bool Continues(BinaryOperator outer, BinaryOperator left) => Strength(outer) is { } strength && Strength(left) == strength;

    /// <summary>The operators of a chain outward from its first operand.</summary>
    public static (Expression First, Stack<BinaryExpression> Steps) Unwound(BinaryExpression last)
    {
        var rest = new Stack<BinaryExpression>();
        rest.Push(last);
        while (rest.Peek().Left is BinaryExpression before && Continues(last.Operator, before.Operator))
            rest.Push(before);
        return (rest.Peek().Left, rest);
    }

    /// <summary>The operators of a chain outward from its first operand.</summary>
    public static (Formula First, Stack<BinaryFormula> Steps) Unwound(BinaryFormula last)
    {
        var rest = new Stack<BinaryFormula>();
        rest.Push(last);
        while (rest.Peek().Left is BinaryFormula before && Continues(last.Operator, before.Operator))
            rest.Push(before);
        return (rest.Peek().Left, rest);
    }

    private static int? Strength(BinaryOperator symbol) => symbol switch
    {
        BinaryOperator.Add or BinaryOperator.Subtract => 0,
        BinaryOperator.Multiply or BinaryOperator.Divide or BinaryOperator.Remainder => 1,
        _ => null,
    };
}

internal sealed record ConditionalExpression(SourceSpan Span, Expression Condition, Expression WhenTrue, Expression WhenFalse)
    : Expression(Span, Math.Max(Condition.Height, Math.Max(WhenTrue.Height, WhenFalse.Height)) + 1);

internal sealed record CallExpression(SourceSpan Span, string Function, ImmutableArray<Expression> Arguments)
    : Expression(Span, Arguments.Select(a => a.Height).DefaultIfEmpty(0).Max() + 1);

/// <summary><c>v(a)</c>, <c>v(a,b)</c> or <c>i(element)</c>: only where a formula may follow the solution.</summary>
/// <param name="Names">As written: one or two nodes, or one element.</param>
internal sealed record ProbeExpression(SourceSpan Span, char Quantity, ImmutableArray<Name> Names) : Expression(Span, 1);
