using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>A formula over parameters, as written between braces or quotes.</summary>
/// <param name="Height">Longest path to a leaf: bounded, so that evaluation may recurse.</param>
internal abstract record Expression(SourceSpan Span, int Height);

internal sealed record NumberExpression(SourceSpan Span, double Value) : Expression(Span, 1);

internal sealed record NameExpression(SourceSpan Span, string Name) : Expression(Span, 1);

internal sealed record UnaryExpression(SourceSpan Span, UnaryOperator Operator, Expression Operand) : Expression(Span, Operand.Height + 1);

internal sealed record BinaryExpression(SourceSpan Span, BinaryOperator Operator, Expression Left, Expression Right)
    : Expression(Span, Math.Max(Left.Height, Right.Height) + 1);

internal sealed record ConditionalExpression(SourceSpan Span, Expression Condition, Expression WhenTrue, Expression WhenFalse)
    : Expression(Span, Math.Max(Condition.Height, Math.Max(WhenTrue.Height, WhenFalse.Height)) + 1);

internal sealed record CallExpression(SourceSpan Span, string Function, ImmutableArray<Expression> Arguments)
    : Expression(Span, Arguments.Select(a => a.Height).DefaultIfEmpty(0).Max() + 1);

/// <summary><c>v(a)</c>, <c>v(a,b)</c> or <c>i(element)</c>: only where a formula may follow the solution.</summary>
/// <param name="Names">As written: one or two nodes, or one element.</param>
internal sealed record ProbeExpression(SourceSpan Span, char Quantity, ImmutableArray<Name> Names) : Expression(Span, 1);
