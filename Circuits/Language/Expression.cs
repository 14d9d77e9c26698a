using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

internal enum UnaryOperator { Negate, Plus, Not }

internal enum BinaryOperator { Add, Subtract, Multiply, Divide, Remainder, Power, Less, LessOrEqual, Greater, GreaterOrEqual, Equal, NotEqual, And, Or }

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
