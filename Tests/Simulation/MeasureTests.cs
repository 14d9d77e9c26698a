using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Measures;

namespace AnalogAttention.Tests.Simulation;

public class MeasureTests
{
    // v(a): triangle 0 .. 1 .. 0 .. 1 .. 0 with corners at 0, 1, 2, 3, 4 s; v(b) = 0.25; i(v1) = 2
    private static readonly WaveformSet _waves = new("tran",
    [
        new Waveform("time", "s", [0, 1, 2, 3, 4]),
        new Waveform("v(a)", "V", [0, 1, 0, 1, 0]),
        new Waveform("v(x1.b)", "V", [0.25, 0.25, 0.25, 0.25, 0.25]),
        new Waveform("i(v1)", "A", [2, 2, 2, 2, 2]),
    ]);

    private static (IReadOnlyDictionary<string, double> Values, IReadOnlyList<string> Failed) Evaluate(params string[] definitions) =>
        MeasureEvaluation.Evaluate(definitions.Select((d, k) => new Measure($"m{k}", "tran", d, new SourceSpan("deck.cir", k + 1, 1))), [_waves]);

    [TestCase("avg v(a)", 0.5)]
    [TestCase("AVG v(a) FROM=0.5 TO=1.5", 0.75)]
    [TestCase("integ v(a) from=0 to=1.5", 0.875)]
    [TestCase("min v(a) from=0.5 to=1.75", 0.25)]
    [TestCase("max v(a) from = 0 to = 500m", 0.5)]
    [TestCase("pp v(a)", 1)]
    [TestCase("rms i(v1)", 2)]
    [TestCase("max_at v(a) from=2 to=4", 3)]
    [TestCase("find v(a) at=0.25", 0.25)]
    [TestCase("find i(v1) when v(a)=v(x1.b)", 2)]
    [TestCase("find v(a) when v(a)=0.75 fall=1", 0.75)]
    [TestCase("deriv v(a) at=1.5", -1)]
    [TestCase("when v(a)=0.5", 0.5)]
    [TestCase("when v(a)=0.5 cross=3", 2.5)]
    [TestCase("when v(a)=0.5 fall=last", 3.5)]
    [TestCase("when v(a)=v(x1.b) rise=2", 2.25)]
    [TestCase("trig v(a) val=0.5 rise=1 targ v(a) val=0.5 fall=2", 3.0)]
    [TestCase("trig at=0.25 targ v(a) val='0.2+0.3' td=1 cross=1", 1.25)]
    [TestCase("avg par('v(a)*2-1')", 0)]
    [TestCase("find {v(a,x1.b)^2} at=1", 0.5625)]
    [TestCase("param='3*-2**2 + sqrt(16)/4'", -11)]
    public void ClosedFormValues(string definition, double expected) =>
        Assert.That(Evaluate(definition).Values["m0"], Is.EqualTo(expected).Within(1e-14));

    [Test]
    public void LaterMeasuresUseEarlierOnes() =>
        Assert.That(Evaluate("avg v(a)", "max i(v1)", "param='m0*m1'").Values["m2"], Is.EqualTo(1).Within(1e-14));

    [TestCase("when v(a)=1.5", "crosses")]
    [TestCase("find v(nowhere) at=1", "v(nowhere)")]
    [TestCase("find v(a) at=9", "outside")]
    [TestCase("avg v(a) from=3 to=2", "empty")]
    [TestCase("param='1/0'", "finite")]
    [TestCase("param='m7+1'", "m7")]
    public void AFailedMeasureIsListedWithItsReason(string definition, string reason)
    {
        var (values, failed) = Evaluate(definition, "avg v(a)");
        Assert.That(values.Keys, Is.EqualTo((string[])["m1"]));
        Assert.That(failed, Has.Count.EqualTo(1).And.One.StartsWith("m0: ").And.One.Contains(reason));
    }

    [TestCase("average v(a)", "N203")]
    [TestCase("avg v(a) from", "N203")]
    [TestCase("trig v(a) val=1", "N203")]
    [TestCase("avg v(a) until=3", "N203")]
    [TestCase("max v(a", "N205")]
    [TestCase("max v(a)+", "N205")]
    [TestCase("max frobnicate(v(a))", "N307")]
    [TestCase("max abs(v(a),1,2)", "N308")]
    [TestCase("when v(a)=0.5 rise=0", "N402")]
    [TestCase("when v(a)=0.5 fall=-1", "N402")]
    [TestCase("when v(a)=0.5 cross=1.5", "N402")]
    public void ABadDefinitionNamesItsPlace(string definition, string code) =>
        Assert.That(() => Evaluate(definition), Throws.TypeOf<DeckException>().With.Message.StartsWith($"deck.cir:1:1: error {code}: .measure m0: "));

    [TestCase("frob v(a)", "expected avg, min, ", "found 'frob'")]
    [TestCase("max v(a", "cannot read 'v(a' beyond its end", "")]
    [TestCase("max v(a)*/2", "cannot read 'v(a)*/2' at '/2'", "")]
    public void TheMessageSaysWhatWasFound(string definition, string says, string found) =>
        Assert.That(() => Evaluate(definition), Throws.TypeOf<DeckException>().With.Message.Contains(says).And.Message.Contains(found));

    [Test]
    public void AllBadDefinitionsComeAtOnce()
    {
        var e = Assert.Throws<DeckException>(() => Evaluate("avg", "max v(a)", "max v(a"))!;
        Assert.That(e.Diagnostics.Select(d => (d.Span.Line, d.Code)), Is.EqualTo(new[] { (1, "N203"), (3, "N205") }));
    }

    [TestCase("(", ")")]
    [TestCase("abs(", ")")]
    [TestCase("-", "")]
    [TestCase("1^", "")]
    public void NestingIsBounded(string open, string close)
    {
        static string Nested(string open, string close, int deep) => string.Concat(Enumerable.Repeat(open, deep)) + "v(a)" + string.Concat(Enumerable.Repeat(close, deep));
        Assert.That(Evaluate("max " + Nested(open, close, 240)).Failed, Is.Empty);
        Assert.That(() => Evaluate("max " + Nested(open, close, 20_000)), Throws.TypeOf<DeckException>().With.Message.Contains("N407"));
    }

    [Test]
    public void ALongSumIsNotNesting() =>
        Assert.That(Evaluate("max " + string.Join('+', Enumerable.Repeat("v(a)", 50_000))).Values["m0"], Is.EqualTo(50_000));

    [Test]
    public void WhatOnlyAMeasureNeedsIsNotSaved()
    {
        var result = new TestCircuit().V("v1", "a", "0", (0, 0), (1, 1)).R("r1", "a", "b", 1).R("r2", "b", "0", 1)
            .Save("v(b)").Measure("top", "max v(a)").Measure("charge", "integ i(v1) from=0 to=1").Tran(0.1, 1).Run();
        Assert.That(result.Analyses[0].Columns.Select(c => c.Name), Is.EqualTo((string[])["time", "v(b)"]));
        Assert.That(result.Measures["top"], Is.EqualTo(1).Within(1e-12));
        Assert.That(result.Measures["charge"], Is.EqualTo(-0.25).Within(1e-12));
    }
}
