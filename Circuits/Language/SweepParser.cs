using System.Collections.Immutable;

namespace AnalogAttention.Circuits.Language;

/// <summary>Reads <c>.step</c>, as LTspice has it, and <c>.mc</c>.</summary>
internal static class SweepParser
{
    public static bool Knows(string command) => command is ".step" or ".mc";

    public static void Parse(Name head, LineCursor cursor, DeckStatements deck)
    {
        if (head.Text == ".step")
            deck.Steps.Add(Step(head, cursor));
        else
            deck.MonteCarlos.Add(MonteCarlo(head, cursor));
    }

    /// <summary><c>[lin|dec|oct] param NAME START STOP STEP-OR-POINTS</c> or <c>param NAME list X ...</c>; <c>temp</c> in place of <c>param NAME</c>.</summary>
    private static StepStatement Step(Name head, LineCursor cursor)
    {
        const string what = "param NAME or temp";
        var word = cursor.Word(what);
        Name? scale = word.Text is "lin" or "dec" or "oct" ? word : null;
        if (scale is not null)
            word = cursor.Word(what);
        Name? parameter = word.Text switch
        {
            "param" => cursor.Word("a parameter name"),
            "temp" => null,
            _ => throw new StatementException(DiagnosticCodes.Expected, word.Span, $"expected {what}, found '{word}' (a source or a model is stepped through a parameter)"),
        };
        var numbers = ImmutableArray.CreateBuilder<Expression>();
        if (cursor.AtWord && !cursor.AtValue && scale is null)
        {
            var list = cursor.Word("list");
            if (list.Text != "list")
                throw new StatementException(DiagnosticCodes.Expected, list.Span, $"expected list or the start of the sweep, found '{list}'");
            do
                numbers.Add(cursor.Value("a value of the list"));
            while (!cursor.AtEnd);
            return new StepStatement(head.Span, parameter, StepScale.List, numbers.ToImmutable());
        }
        numbers.AddRange(cursor.Value("the start of the sweep"), cursor.Value("the end of the sweep"));
        numbers.Add(cursor.Value(scale?.Text is "dec" or "oct" ? "the number of points" : "the step of the sweep"));
        cursor.ExpectEnd();
        return new StepStatement(head.Span, parameter, scale?.Text switch { "dec" => StepScale.Decade, "oct" => StepScale.Octave, _ => StepScale.Linear }, numbers.ToImmutable());
    }

    /// <summary><c>N [seed=S] [sampling=WAY] [mismatch=all|INSTANCE|(INSTANCE ...)] [PARAMETER=DISTRIBUTION(X, Y [, Z]) ...]</c></summary>
    private static MonteCarloStatement MonteCarlo(Name head, LineCursor cursor)
    {
        var samples = cursor.Value("the number of samples");
        Expression? seed = null;
        Name? sampling = null;
        ImmutableArray<string>? mismatch = null;
        var draws = ImmutableArray.CreateBuilder<DrawStatement>();
        var given = new HashSet<string>();
        while (!cursor.AtEnd)
        {
            var key = cursor.Word("seed, sampling, mismatch or a parameter");
            if (!given.Add(key.Text))
                throw new StatementException(DiagnosticCodes.GivenTwice, key.Span, $"'{key}' is given twice");
            cursor.Expect('=');
            switch (key.Text)
            {
                case "seed":
                    seed = cursor.AssignedValue();
                    break;
                case "sampling":
                    sampling = cursor.Word("a way of sampling");
                    break;
                case "mismatch":
                    mismatch = Instances(cursor);
                    break;
                default:
                    draws.Add(Draw(key, cursor));
                    break;
            }
        }
        return new MonteCarloStatement(head.Span, samples, seed, sampling, mismatch, draws.ToImmutable());
    }

    private static ImmutableArray<string> Instances(LineCursor cursor)
    {
        const string what = "all or an instance";
        if (!cursor.Accept('('))
            return cursor.Word(what).Text is var word && word == "all" ? [] : [word];
        var instances = ImmutableArray.CreateBuilder<string>();
        do
            instances.Add(cursor.Word("an instance").Text);
        while (!cursor.Accept(')'));
        return instances.ToImmutable();
    }

    private static DrawStatement Draw(Name parameter, LineCursor cursor)
    {
        var distribution = cursor.Word("normal(MEAN, SIGMA), lognormal(MEDIAN, SIGMA) or uniform(FROM, TO)");
        if (distribution.Text is not ("normal" or "lognormal" or "uniform"))
            throw new StatementException(DiagnosticCodes.Expected, distribution.Span, $"expected normal, lognormal or uniform, found '{distribution}'");
        cursor.Expect('(');
        var numbers = ImmutableArray.Create(cursor.Value("a number"), cursor.Value("a second number"));
        if (distribution.Text == "normal" && cursor.AtValue)
            numbers = numbers.Add(cursor.Value("sigmas to truncate at"));
        cursor.Expect(')');
        return new DrawStatement(parameter, distribution.Text, numbers);
    }
}
