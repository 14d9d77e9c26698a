using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>
/// Recursive descent over one line, loosest first: <c>?: || &amp;&amp; == != &lt; &gt; + - * / % unary ^</c>. Power groups from the left
/// and binds tighter than a sign before it (<c>-2^2 = -4</c>, <c>2^3^2 = 64</c>), as in ngspice.
/// </summary>
internal sealed class ExpressionParser(LogicalLine line, int start, int end)
{
    private const int MostNested = 100;
    private const int MostHigh = 250;

    private static readonly (string Symbol, BinaryOperator Operator)[][] Levels =
    [
        [("||", BinaryOperator.Or)],
        [("&&", BinaryOperator.And)],
        [("==", BinaryOperator.Equal), ("!=", BinaryOperator.NotEqual), ("<>", BinaryOperator.NotEqual)],
        [("<=", BinaryOperator.LessOrEqual), (">=", BinaryOperator.GreaterOrEqual), ("<", BinaryOperator.Less), (">", BinaryOperator.Greater)],
        [("+", BinaryOperator.Add), ("-", BinaryOperator.Subtract)],
        [("*", BinaryOperator.Multiply), ("/", BinaryOperator.Divide), ("%", BinaryOperator.Remainder)],
    ];

    private readonly int _start = start;
    private int _at = start;
    private int _nested;

    /// <summary>Where reading stopped.</summary>
    public int Position => _at;

    /// <summary>Reads a formula that fills the whole range.</summary>
    public Expression ParseAll()
    {
        var expression = Parse();
        SkipBlanks();
        return _at >= end ? expression : throw Bad("an operator");
    }

    /// <summary>Reads the longest formula that starts here.</summary>
    public Expression Parse()
    {
        if (++_nested > MostNested)
            throw TooDeep();
        var condition = ParseLevel(0);
        if (Accept("?"))
        {
            var whenTrue = Parse();
            if (!Accept(":"))
                throw Bad("':'");
            condition = Bounded(new ConditionalExpression(condition.Span, condition, whenTrue, Parse()));
        }
        _nested--;
        return condition;
    }

    private Expression ParseLevel(int level)
    {
        if (level == Levels.Length)
            return ParseUnary();
        var left = ParseLevel(level + 1);
        while (AcceptOperator(level) is { } found)
            left = Bounded(new BinaryExpression(left.Span, found, left, ParseLevel(level + 1)));
        return left;
    }

    private BinaryOperator? AcceptOperator(int level)
    {
        SkipBlanks();
        foreach (var (symbol, found) in Levels[level])
        {
            // A '*' that belongs to '**', and '<' of '<>', are other operators.
            if (At(symbol) && !(symbol == "*" && At("**")) && !(symbol == "<" && At("<>")))
            {
                _at += symbol.Length;
                return found;
            }
        }
        return null;
    }

    private Expression ParseUnary()
    {
        SkipBlanks();
        var span = line.SpanAt(_at, 1);
        if (AcceptSign() is not { } sign)
            return ParsePower();
        if (++_nested > MostNested)
            throw TooDeep();
        var operand = ParseUnary();
        _nested--;
        return Bounded(new UnaryExpression(span, sign, operand));
    }

    private Expression ParsePower()
    {
        var left = ParsePrimary();
        while (Accept("**") || Accept("^"))
        {
            SkipBlanks();
            var span = line.SpanAt(_at, 1);
            var right = AcceptSign() is { } sign ? new UnaryExpression(span, sign, ParsePrimary()) : ParsePrimary();
            left = Bounded(new BinaryExpression(left.Span, BinaryOperator.Power, left, right));
        }
        return left;
    }

    private Expression ParsePrimary()
    {
        SkipBlanks();
        var from = _at;
        if (Accept("("))
        {
            var inner = Parse();
            return Accept(")") ? inner : throw Bad("')'");
        }
        if (_at < end && line.Text[_at] is '{' or '\'' or '"')
            return ParseEnclosed();
        // A sign here belongs to the operators, not to the number.
        if (!At("+") && !At("-") && SpiceNumber.Read(line.Text.AsSpan(_at, end - _at), out var value) is > 0 and var length)
        {
            _at += length;
            return new NumberExpression(line.SpanAt(from, length), value);
        }
        while (_at < end && (char.IsAsciiLetter(line.Text[_at]) || line.Text[_at] == '_' || _at > from && char.IsAsciiDigit(line.Text[_at])))
            _at++;
        if (_at == from)
            throw Bad("a number, a parameter or '('");
        var name = line.Text[from.._at].ToLowerInvariant();
        var span = line.SpanAt(from, _at - from);
        if (!Accept("("))
            return new NameExpression(span, name);
        return name is "v" or "i" ? ParseProbe(name[0], span) : ParseCall(name, span);
    }

    /// <summary>A formula of its own in braces or quotes: brackets by another name.</summary>
    private Expression ParseEnclosed()
    {
        var (from, open) = (_at++, line.Text[_at - 1]);
        var inner = Parse();
        if (Accept(open == '{' ? "}" : open.ToString()))
            return inner;
        throw _at < end ? Bad($"'{(open == '{' ? '}' : open)}'")
            : new StatementException(DiagnosticCodes.NotClosed, line.SpanAt(from, 1), $"{(open == '{' ? "brace '{'" : $"quote {open}")} is not closed");
    }

    private ProbeExpression ParseProbe(char quantity, SourceSpan span)
    {
        var cursor = new LineCursor(line);
        cursor.Return(_at);
        var names = ImmutableArray.CreateBuilder<Name>();
        do
            names.Add(quantity == 'v' ? ElementParser.Node(cursor) : cursor.Word("an element with a branch current"));
        while (quantity == 'v' && names.Count < 2 && !cursor.At(')'));
        cursor.Expect(')');
        if (cursor.Mark() > end)
            throw Bad("')'");
        _at = cursor.Mark();
        return new ProbeExpression(span, quantity, names.ToImmutable());
    }

    private Expression ParseCall(string name, SourceSpan span)
    {
        var arguments = ImmutableArray.CreateBuilder<Expression>();
        if (!Accept(")"))
        {
            do
                arguments.Add(Parse());
            while (Accept(","));
            if (!Accept(")"))
                throw Bad("',' or ')'");
        }
        return Bounded(new CallExpression(span, name, arguments.ToImmutable()));
    }

    private UnaryOperator? AcceptSign() =>
        Accept("-") ? UnaryOperator.Negate : Accept("+") ? UnaryOperator.Plus : !At("!=") && Accept("!") ? UnaryOperator.Not : null;

    private bool Accept(string symbol)
    {
        SkipBlanks();
        if (!At(symbol))
            return false;
        _at += symbol.Length;
        return true;
    }

    private bool At(string symbol) => _at + symbol.Length <= end && string.CompareOrdinal(line.Text, _at, symbol, 0, symbol.Length) == 0;

    private void SkipBlanks()
    {
        while (_at < end && char.IsWhiteSpace(line.Text[_at]))
            _at++;
    }

    private Expression Bounded(Expression expression)
    {
        if (expression is BinaryExpression { Operands: > Chains.MostOperands })
            throw new StatementException(DiagnosticCodes.TooLarge, line.SpanAt(_start), $"a sum or product has more than {Chains.MostOperands} operands");
        return expression.Height <= MostHigh ? expression : throw TooDeep();
    }

    private StatementException TooDeep() => new(DiagnosticCodes.TooDeep, line.SpanAt(_start), "the expression is nested too deeply");

    private StatementException Bad(string expected)
    {
        SkipBlanks();
        var found = _at < end ? $"'{line.Text[_at]}'" : "the end of the expression";
        return new(DiagnosticCodes.BadExpression, line.SpanAt(_at, 1), $"expected {expected}, found {found}");
    }
}
