using System.Collections.Immutable;
using AnalogAttention.Circuits;

namespace AnalogAttention.Tests.Circuits;

/// <summary><c>.step</c> and <c>.mc</c> as the reader hands them to a sweep.</summary>
public class SweepStatementTests
{
    private const string Circuit = "v1 a 0 {x}\nr1 a 0 {y}\n.param x=1 y=2 most=3\n.op\n";

    private static readonly DeckReaderOptions Evaluated = new() { Sweeps = SweepStatements.Evaluated };

    [TestCase("param x 0 1 0.25", new[] { 0, 0.25, 0.5, 0.75, 1 })]
    [TestCase("param x 1 0 -0.4", new[] { 1, 0.6, 0.2 })]
    [TestCase("lin param x 1 {most} 1", new[] { 1.0, 2, 3 })]
    [TestCase("param x 0 0.9 0.3", new[] { 0, 0.3, 0.6, 0.9 })]
    [TestCase("dec param x 1 100 2", new[] { 1, 3.1622776601683795, 10, 31.622776601683793, 100 })]
    [TestCase("oct param x 1k 5k 1", new[] { 1000.0, 2000, 4000 })]
    [TestCase("param x list 1k, 2.5 {most*2}", new[] { 1000, 2.5, 6 })]
    [TestCase("param X LIST 7", new[] { 7.0 })]
    public void AStepHasItsValues(string step, double[] expected)
    {
        var steps = AnalogAttention.Tests.Circuits.Decks.Parse($"{Circuit}.step {step}", Evaluated).Steps;
        Assert.That(steps.Single().Parameter, Is.EqualTo("x"));
        Assert.That(steps.Single().Values, Is.EqualTo(expected).Within(1e-12).Percent);
    }

    [Test]
    public void StepsStayInOrderAndOneMayBeTheTemperature()
    {
        var steps = AnalogAttention.Tests.Circuits.Decks.Parse(Circuit + ".step param y list 1 2\n.step temp -40 125 55\n.step param x 0 1 1", Evaluated).Steps;
        Assert.That(steps.Select(s => s.Parameter), Is.EqualTo(new[] { "y", null, "x" }));
        Assert.That(steps[1].Values, Is.EqualTo(new[] { -40.0, 15, 70, 125 }));
    }

    [Test]
    public void SamplesAreAskedForAsWritten()
    {
        var request = AnalogAttention.Tests.Circuits.Decks.Parse(Circuit + ".mc 2k seed=7 sampling=sobol mismatch=(xa xb.xc)\n+ x=normal(1, 10m, 3) y=uniform({most} 4)", Evaluated).MonteCarlo!;
        Assert.That((request.Samples, request.Seed, request.Sampling), Is.EqualTo((2000.0, (double?)7, "sobol")));
        Assert.That(request.Mismatch, Is.EqualTo(new[] { "xa", "xb.xc" }));
        Assert.That(request.Draws.Select(d => $"{d.Parameter} {d.Distribution} {string.Join(' ', d.Numbers)}"), Is.EqualTo(new[] { "x normal 1 0.01 3", "y uniform 3 4" }));
        Assert.That(AnalogAttention.Tests.Circuits.Decks.Parse(Circuit + ".mc 5 mismatch=all", Evaluated).MonteCarlo!.Mismatch, Is.EqualTo(ImmutableArray<string>.Empty));
        Assert.That(AnalogAttention.Tests.Circuits.Decks.Parse(Circuit + ".mc 5", Evaluated).MonteCarlo!.Mismatch, Is.Null);
    }

    [TestCase(".step", "N203", 6, 6)]
    [TestCase(".step v1 0 1 0.1", "N203", 6, 7)]
    [TestCase(".step dec v1 1 10 3", "N203", 6, 11)]
    [TestCase(".step param", "N203", 6, 12)]
    [TestCase(".step param x 0 1", "N203", 6, 18)]
    [TestCase(".step param x lst 1 2", "N203", 6, 15)]
    [TestCase(".step param x list", "N203", 6, 19)]
    [TestCase(".step param x 0 1 0.1 2", "N207", 6, 23)]
    [TestCase(".step param z 0 1 0.1", "N306", 6, 13)]
    [TestCase(".step param x 0 1 -0.1", "N404", 6, 19)]
    [TestCase(".step param x 0 1 1e-9", "N406", 6, 19)]
    [TestCase(".step dec param x 0 1 5", "N402", 6, 19)]
    [TestCase(".step dec param x 1 0.1 5", "N402", 6, 21)]
    [TestCase(".step dec param x 1 10 2.5", "N402", 6, 24)]
    [TestCase(".step temp list 27 -300", "N402", 6, 17)]
    [TestCase(".step param x 0 1 0.1\n.step param x list 3", "N212", 7, 13)]
    [TestCase(".step temp list 1\n.step temp list 2", "N212", 7, 1)]
    [TestCase(".mc", "N203", 6, 4)]
    [TestCase(".mc 5 seed", "N203", 6, 11)]
    [TestCase(".mc 5 seed=1 seed=2", "N212", 6, 14)]
    [TestCase(".mc 5 x=beta(1,2)", "N203", 6, 9)]
    [TestCase(".mc 5 x=uniform(1)", "N203", 6, 18)]
    [TestCase(".mc 5 x=uniform(1,2,3)", "N203", 6, 21)]
    [TestCase(".mc 5 z=uniform(1,2)", "N306", 6, 7)]
    [TestCase(".mc 5 mismatch=()", "N203", 6, 17)]
    [TestCase(".mc 5\n.mc 6", "N212", 7, 1)]
    [TestCase(".step param x list 1 2\n.mc 5 x=uniform(1,2)", "N212", 7, 7)]
    [TestCase(".subckt s p\n.step param x list 1\n.ends", "N213", 7, 1)]
    public void ABadOneIsOneDiagnosticAtItsPlace(string lines, string code, int line, int column)
    {
        var errors = AnalogAttention.Tests.Circuits.Decks.Errors(Circuit + lines, Evaluated);
        Assert.That(errors.Select(e => (e.Code, e.Span.Line, e.Span.Column)), Is.EqualTo(new[] { (code, line, column) }), string.Join('\n', errors));
    }

    [Test]
    public void WithoutASweepTheyAreRefusedByTheCommandsNameAndWithinOnePassedOver()
    {
        string deck = Circuit + ".step param x list 1 2\n.mc 5";
        var errors = AnalogAttention.Tests.Circuits.Decks.Errors(deck);
        Assert.That(errors.Select(e => (e.Code, e.Span.Line)), Is.EqualTo(new[] { ("N503", 6), ("N503", 7) }));
        Assert.That(errors[0].Message, Does.Contain("command sweep"));
        var passed = AnalogAttention.Tests.Circuits.Decks.Parse(deck, new DeckReaderOptions { Sweeps = SweepStatements.PassedOver });
        Assert.That((passed.Steps.Length, passed.MonteCarlo), Is.EqualTo((0, (MonteCarloRequest?)null)));
    }
}
