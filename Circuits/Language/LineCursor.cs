namespace AnalogAttention.Circuits.Language;

/// <summary>A name as looked up (lower case) and where it was written.</summary>
internal readonly record struct Name(string Text, SourceSpan Span)
{
    public override string ToString() => Text;
}

/// <summary>Reads one statement from left to right. Blanks and commas separate; what is missing is thrown as what was expected.</summary>
internal sealed class LineCursor(LogicalLine line)
{
    private readonly string _text = line.Text;
    private int _at;

    public LogicalLine Line => line;

    public bool AtEnd
    {
        get
        {
            SkipBlanks();
            return _at == _text.Length;
        }
    }

    /// <summary>Where the next thing stands.</summary>
    public SourceSpan Here
    {
        get
        {
            SkipBlanks();
            return line.SpanAt(_at, Math.Max(1, WordEnd() - _at));
        }
    }

    public int Mark() => _at;

    public void Return(int mark) => _at = mark;

    public bool At(char symbol)
    {
        SkipBlanks();
        return _at < _text.Length && _text[_at] == symbol;
    }

    public bool Accept(char symbol)
    {
        if (!At(symbol))
            return false;
        _at++;
        return true;
    }

    public void Expect(char symbol)
    {
        if (!Accept(symbol))
            throw Missing($"'{symbol}'");
    }

    public bool AtWord
    {
        get
        {
            SkipBlanks();
            return WordEnd() > _at;
        }
    }

    /// <summary>A run of characters up to a blank, comma, bracket, brace, quote or equals sign.</summary>
    public Name Word(string expected)
    {
        SkipBlanks();
        var end = WordEnd();
        if (end == _at)
            throw Missing(expected);
        var name = new Name(_text[_at..end].ToLowerInvariant(), line.SpanAt(_at, end - _at));
        _at = end;
        return name;
    }

    /// <summary>A word or a text in quotes, in the case it was written.</summary>
    public (string Text, SourceSpan Span) Path(string expected)
    {
        SkipBlanks();
        if (_at < _text.Length && _text[_at] is '"' or '\'')
        {
            var close = _text.IndexOf(_text[_at], _at + 1);
            if (close < 0)
                throw NotClosed(_text[_at]);
            var quoted = (_text[(_at + 1)..close], line.SpanAt(_at, close + 1 - _at));
            _at = close + 1;
            return quoted;
        }
        var end = _at;
        while (end < _text.Length && !char.IsWhiteSpace(_text[end]))
            end++;
        if (end == _at)
            throw Missing(expected);
        var path = (_text[_at..end], line.SpanAt(_at, end - _at));
        _at = end;
        return path;
    }

    /// <summary>What is left of the line, trimmed.</summary>
    public string Rest()
    {
        SkipBlanks();
        var rest = _text[_at..].TrimEnd();
        _at = _text.Length;
        return rest;
    }

    /// <summary>A number, <c>{formula}</c> or <c>'formula'</c>.</summary>
    public Expression Value(string expected)
    {
        SkipBlanks();
        if (BracedFormula() is { } formula)
            return formula;
        var length = SpiceNumber.Read(_text.AsSpan(_at), out var value);
        var end = WordEnd();
        if (length == 0 && end > _at && (char.IsAsciiLetter(_text[_at]) || _text[_at] == '_'))
            throw new StatementException(DiagnosticCodes.BadNumber, Here, $"expected {expected}, found '{_text[_at..end]}' (a parameter is written in braces: {{{_text[_at..end]}}})");
        if (length == 0)
            throw Missing(expected);
        if (_at + length != end)
            throw new StatementException(DiagnosticCodes.BadNumber, Here, $"expected {expected}, '{_text[_at..Math.Max(end, _at + length)]}' is not a number");
        var number = new NumberExpression(line.SpanAt(_at, length), value);
        if (!double.IsFinite(value))
            throw new StatementException(DiagnosticCodes.BadNumber, Here, $"'{_text[_at..end]}' is too large");
        _at = end;
        return number;
    }

    /// <summary>After an equals sign: as <see cref="Value"/>, or a formula without braces.</summary>
    public Expression AssignedValue()
    {
        SkipBlanks();
        if (BracedFormula() is { } formula)
            return formula;
        return Formula("a value");
    }

    /// <summary>The longest formula that starts here, with or without braces or quotes.</summary>
    public Expression Formula(string expected)
    {
        if (AtEnd)
            throw Missing(expected);
        var parser = new ExpressionParser(line, _at, _text.Length);
        var expression = parser.Parse();
        _at = parser.Position;
        return expression;
    }

    public bool AtValue
    {
        get
        {
            SkipBlanks();
            return _at < _text.Length && (_text[_at] is '{' or '\'' || SpiceNumber.Read(_text.AsSpan(_at), out _) > 0);
        }
    }

    public void ExpectEnd()
    {
        if (!AtEnd)
            throw new StatementException(DiagnosticCodes.UnexpectedText, Here, $"expected the end of the statement, found {Found()}");
    }

    public StatementException Missing(string expected) => new(DiagnosticCodes.Expected, Here, $"expected {expected}, found {Found()}");

    /// <summary>What stands next, for messages.</summary>
    public string Shown => Found();

    private string Found()
    {
        SkipBlanks();
        return _at == _text.Length ? "the end of the statement" : $"'{_text[_at..Math.Max(WordEnd(), _at + 1)]}'";
    }

    private Expression? BracedFormula()
    {
        if (_at == _text.Length || _text[_at] is not ('{' or '\''))
            return null;
        var close = _text[_at] == '\'' ? _text.IndexOf('\'', _at + 1) : MatchingBrace();
        if (close < 0)
            throw NotClosed(_text[_at]);
        var formula = new ExpressionParser(line, _at + 1, close).ParseAll();
        _at = close + 1;
        return formula;
    }

    private int MatchingBrace()
    {
        var depth = 0;
        for (var i = _at; i < _text.Length; i++)
        {
            depth += _text[i] == '{' ? 1 : _text[i] == '}' ? -1 : 0;
            if (depth == 0)
                return i;
        }
        return -1;
    }

    private StatementException NotClosed(char open) => new(DiagnosticCodes.NotClosed, line.SpanAt(_at, 1), $"{(open == '{' ? "brace '{'" : $"quote {open}")} is not closed");

    private int WordEnd()
    {
        var end = _at;
        while (end < _text.Length && !char.IsWhiteSpace(_text[end]) && _text[end] is not ('(' or ')' or '=' or ',' or '{' or '}' or '\'' or '"'))
            end++;
        return end;
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length && (char.IsWhiteSpace(_text[_at]) || _text[_at] == ','))
            _at++;
    }
}
