using AnalogAttention.Circuits;
using AnalogAttention.Studies.Sweeps;

namespace AnalogAttention.Tests.Studies.Sweeps;

public class SweepPlanTests
{
    private static SweepPlan Read(string yaml)
    {
        using var folder = new TemporaryFolder();
        return SweepPlanReader.Read(folder.Write("plan.yaml", yaml));
    }

    [Test]
    public void CornersAreOutermostAndTheLastAxisRunsFastest()
    {
        var plan = Read("deck: a.cir\nparameters:\n  A: [1, 2]\n  b: { from: 0, to: 1, step: 0.5 }\ncorners:\n  x: { c: 7 }\n  y: { c: 8, temperature: 85 }\ntemperature: [-20, 27]\n");
        Assert.That(plan.Count, Is.EqualTo(2 * 2 * 2 * 3));
        Assert.That(plan.ParameterNames, Is.EqualTo(new[] { "c", "a", "b" }));
        var last = plan.At(23);
        Assert.That((last.Corner, last.Celsius), Is.EqualTo(("y", 85.0)));
        Assert.That(last.Parameters, Is.EqualTo(new Dictionary<string, double> { ["a"] = 2, ["b"] = 1, ["c"] = 8 }));
        Assert.That(Enumerable.Range(0, 4).Select(i => (plan.At(i).Parameters["a"], plan.At(i).Parameters["b"])), Is.EqualTo(new[] { (1.0, 0.0), (1, 0.5), (1, 1), (2, 0) }));
        Assert.That((plan.At(0).Corner, plan.At(0).Celsius, plan.At(6).Celsius), Is.EqualTo(("x", -20.0, 27.0)));
        Assert.That(Enumerable.Range(0, 24).Select(i => string.Join(' ', plan.At(i).Parameters.Values) + plan.At(i).Corner + plan.At(i).Celsius).Distinct().Count(), Is.EqualTo(18), "a corner's own temperature comes first");
    }

    [TestCase("{ from: 1u, to: 1m, points: 4, scale: log }", new[] { 1e-6, 1e-5, 1e-4, 1e-3 })]
    [TestCase("{ from: 0, to: 0.9, points: 4 }", new[] { 0, 0.3, 0.6, 0.9 })]
    [TestCase("{ from: 1, to: 2.5, step: 0.5 }", new[] { 1, 1.5, 2, 2.5 })]
    [TestCase("[5n, 15n]", new[] { 5e-9, 15e-9 })]
    [TestCase("3k", new[] { 3e3 })]
    public void AnAxisIsAListOrARange(string axis, double[] expected) =>
        Assert.That(Read($"deck: a.cir\nparameters: {{ p: {axis} }}\n").Axes.Single().Values.Select(v => v.Single()), Is.EqualTo(expected).Within(1e-12));

    [Test]
    public void PairedParametersMoveTogether()
    {
        var plan = Read("deck: a.cir\npaired:\n- { a: [1, 2, 3], b: [4, 5, 6] }\n");
        Assert.That(Enumerable.Range(0, plan.Count).Select(i => (plan.At(i).Parameters["a"], plan.At(i).Parameters["b"])), Is.EqualTo(new[] { (1.0, 4.0), (2, 5), (3, 6) }));
    }

    [TestCase("parameters: { a: 1 }", ":1:1: a plan needs 'deck'")]
    [TestCase("deck: a.cir\nparameter: { a: 1 }", ":2:1: there is no key 'parameter'")]
    [TestCase("deck: a.cir\nparameters: { a: [1, two] }", ":2:22: 'two' is not a number")]
    [TestCase("deck: a.cir\nparameters:\n  a: { from: 1, to: 2 }", ":3:6: a range needs either 'step' or 'points'")]
    [TestCase("deck: a.cir\nparameters:\n  a: { from: 1, to: 2, by: 2 }", ":3:24: a range has")]
    [TestCase("deck: a.cir\nparameters:\n  a: { from: 0, to: 2, points: 3, scale: log }", ":3:6: a logarithmic range")]
    [TestCase("deck: a.cir\nparameters:\n  a: { from: 2, to: 1, step: 1 }", ":3:6: a step is positive")]
    [TestCase("deck: a.cir\nparameters:\n  a: []", ":3:6: the list is empty")]
    [TestCase("deck: a.cir\npaired:\n- { a: [1, 2], b: [1] }", ":3:3: parameters that move together")]
    [TestCase("deck: a.cir\nparameters: { a: 1 }\npaired:\n- { A: [1] }", "parameter 'a' is swept twice")]
    [TestCase("deck: a.cir\nparameters: { a: { from: 0, to: 1, points: 4000 }, b: { from: 0, to: 1, points: 4000 } }", "has 16000000 points")]
    [TestCase("deck: a.cir\nmeasures: [q]\nspecification:\n  p: { min: 1 }", ":4:3: the sweep has no measure 'p'; there are q")]
    [TestCase("deck: a.cir\nspecification:\n  q: { least: 1 }", ":3:8: a specification has min and max, not 'least'")]
    [TestCase("deck: a.cir\nspecification:\n  q: { min: 2, max: 1 }", ":3:6: a specification needs min or max, and min at most max")]
    [TestCase("deck: a.cir\nspecification:\n  q: {}", ":3:6: a specification needs min or max")]
    [TestCase("deck: a.cir\nspecification:\n  q: { min: 1 }\n  Q: { max: 2 }", ":4:3: measure 'q' is specified twice")]
    [TestCase("deck: [a.cir", ":2:")]
    [TestCase("- deck", ":1:1: a plan is one YAML mapping")]
    public void WhatIsWrongIsNamedWithItsLine(string yaml, string expected) =>
        Assert.That(() => Read(yaml + "\n"), Throws.TypeOf<BadInputException>().With.Message.Contains("plan.yaml").And.Message.Contains(expected));

    [Test]
    public void ASpecificationHasOneEndOrTwo()
    {
        var plan = Read("deck: a.cir\nspecification:\n  Charge: { min: 40f, max: 80f }\n  delay: { max: 1n }\n");
        Assert.That(plan.Specifications.Select(s => (s.Measure, s.Min, s.Max)), Is.EqualTo(new (string, double?, double?)[] { ("charge", 40e-15, 80e-15), ("delay", null, 1e-9) }));
        Assert.That(new[] { 39e-15, 40e-15, 80e-15, 81e-15, double.NaN }.Select(plan.Specifications[0].Holds), Is.EqualTo(new[] { false, true, true, false, false }), "ends belong to it");
    }

    [Test]
    public void TheExampleIsWhatTheDocumentShows()
    {
        string document = File.ReadAllText(Path.Combine(Repository.Root, "Docs", "sweeps.md")).ReplaceLineEndings("\n");
        Assert.That(File.ReadAllText(Path.Combine(Repository.Root, "Docs", "examples", "read-over-corners.yaml")).ReplaceLineEndings("\n"), Is.EqualTo(document.Split("```yaml\n")[1].Split("```")[0]));
    }
}
