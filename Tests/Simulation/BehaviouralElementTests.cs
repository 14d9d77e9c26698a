using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Embedded;
using NUnit.Framework;

namespace AnalogAttention.Tests.Simulation;

/// <summary>Formulas: every function against ngspice over a sweep, derivatives by small-signal gain, charges, failures.</summary>
public class BehaviouralElementTests
{
    // x: a swept source; s: 1 V; 'vs' carries -1 A
    private static string Deck(string lines, string more) => $"formula\nvx x 0 0\nvs s 0 1\nrs s 0 1\nro o 0 1\n{lines}\n{more}\n.options reltol=1e-7 abstol=1e-15 vntol=1e-10\n.end\n";

    private static IReadOnlyList<WaveformSet> Run(string deck) => new EmbeddedEngine().Run(DeckReader.Parse(deck, "formula.cir")).Analyses;

    private static readonly string[] Anywhere =
    [
        "v(x)^2", "v(x)**3", "v(x)^1.5", "pow(v(x),3)", "pwr(v(x),3)", "pwr(v(x),1.5)", "2^v(x)", "v(s)^v(x)", "1/v(x)", "0/v(x)", "v(x)/v(s)/2", "v(x)-(v(s)-1)*2", "1 - -v(x)", "v(x)*-1", "-v(x)^2",
        "sgn(v(x))", "u(v(x))", "u2(v(x))", "uramp(v(x))", "floor(v(x))", "ceil(v(x))", "nint(v(x)*3+0.12)", "abs(v(x))", "min(v(x),-v(x)^2)", "max(v(x),0.5)",
        "ternary_fcn(v(x)>0,1,2)", "v(x)>0?v(x):-2*v(x)", "v(x)<1 ? v(x)<0 ? 1 : 2 : 3", "v(x)>=0&&v(x)<1", "v(x)<-1||v(x)>1", "v(x)&&v(s)", "!u(v(x))*3", "v(x)<=-0.2", "v(x)<>v(s)", "v(x)==v(s)", "1>v(x)==1",
        "eq0(u(v(x)))", "ne0(u(v(x)))", "gt0(v(x))", "lt0(v(x))", "ge0(v(x))", "le0(v(x))", "pwl(v(x),-1,-1,0,0,1,3)",
        "sin(v(x))", "cos(v(x))", "tan(v(x)/2)", "atan(v(x))", "sinh(v(x))", "cosh(v(x))", "tanh(v(x))", "asinh(v(x))", "exp(v(x))", "exp(500*v(x))/1e99", "ddt(v(x))", "pi*v(x)+e", "temper", "i(vs)*v(x,s)", "v(x)*2k",
    ];

    private static readonly string[] Positive = ["ln(v(x))", "log(v(x))", "log10(v(x))", "sqrt(v(x))", "pow(v(x),v(x))", "acosh(v(x)+1)", "1/log(v(x)+1)", "v(x)^v(s)"];

    private static readonly string[] Fraction = ["asin(v(x))", "acos(v(x))", "atanh(v(x))"];

    private static IEnumerable<TestCaseData> Formulas() =>
        Anywhere.Select(f => new TestCaseData(f, "-2.05 2.05 0.1")).Concat(Positive.Select(f => new TestCaseData(f, "0.1 2 0.1"))).Concat(Fraction.Select(f => new TestCaseData(f, "-0.95 0.95 0.1")));

    [Test]
    public void A_long_sum_follows_all_its_terms()
    {
        var sum = string.Join('+', Enumerable.Range(1, 500).Select(k => $"{k}*v(x)"));
        var result = Run(Deck($"b1 o 0 v={sum}", ".dc vx -1 1 0.5"))[0];
        Assert.That(result["v(o)"], Is.EqualTo(result["v(x)"].Select(x => 125_250 * x)).Within(1e-6));
    }

    [TestCaseSource(nameof(Formulas))]
    public void A_formula_has_the_values_of_ngspice(string formula, string sweep)
    {
        // ngspice fails where its first iteration, at 0 V, leaves a domain
        var deck = Deck($"b1 o 0 v={formula}", $".dc vx {sweep}");
        var expected = NgspiceReference.Run(deck)["v(o)"];
        Assert.That(Run(deck)[0]["v(o)"], Is.EqualTo(expected).Within(1e-6 * expected.Max(Math.Abs)));
    }

    private static IEnumerable<string> Smooth() => ["v(x)^2*v(x,s)", "pow(v(x),2.5)", "pwr(v(x)-2,3)", "2^v(x)", "v(x)^v(x)", "v(s)/(v(x)+1)", "min(v(x)^2,3)*max(v(x),i(vs))", "v(x)>1 ? v(x)^3 : 0",
        "sin(v(x))*cos(2*v(x))+tan(v(x)/3)", "asin(v(x)/2)-acos(v(x)/3)+atan(v(x))", "sinh(v(x))/cosh(v(x)/2)", "asinh(v(x))+acosh(v(x)+1)+atanh(v(x)/3)", "exp(-v(x))*tanh(v(x))", "ln(v(x))*log10(v(x)+2)", "sqrt(v(x))*abs(v(x)-3)",
        "uramp(v(x))+u2(v(x)/2)", "pwl(v(x),0,0,1,1,2,4)", "-v(x)*!0", "1n*ddt(v(x))*v(x)+v(x)", "atan2(v(x),-2)", "limit(v(x)^2,0,5) % 2"];

    [TestCaseSource(nameof(Smooth))]
    public void Derivatives_are_exact(string formula)
    {
        // the small-signal gain, against the central difference of two sweep points 2e-4 V apart: it errs by 1e-8 f'''/6
        var results = Run(Deck($"b1 o 0 v={formula}", ".dc vx 1.1999 1.2001 0.0002\n.ac lin 1 1 1").Replace("vx x 0 0", "vx x 0 1.2 ac 1"));
        var volts = results[0]["v(o)"];
        Assert.That(results[1]["re(v(o))"][0], Is.EqualTo((volts[1] - volts[0]) / 2e-4).Within(1e-6));
    }

    private static IEnumerable<TestCaseData> Elements()
    {
        const string sweep = ".dc vx -2.05 2.2 0.3";
        foreach (var lines in new[]
        {
            "b1 0 o i=v(x) m=2 tc1=0.01 tc2=1e-4\n.options temp=127 tnom=50", "b1 o 0 v=v(x) m=2", "b1 0 o i=5-1e-14*(exp(v(o)/0.025)-1)", "b1 0 o i=v(x)*abs(v(x))-pwr(v(o),3)",
            ".subckt q a\nb1 0 a i=v(a)*0+1\ng1 0 a cur='v(a)*0+1'\n.ends\nx1 o q m=3",
            "e1 o 0 vol='v(x)^2'", "e1 o 0 value={v(x)^2}", "e1 o 0 x 0 gain=2", "g1 0 o cur='v(x)^2' m=2", "g1 0 o value={v(x)^2}",
            "e1 o 0 poly(1) x 0 1 2 3", "e1 o 0 poly(1) x 0 5", "e1 o 0 poly(2) (x,0) (s,0) 1 2 3 4 5 6 7 8 9 10", "g1 0 o poly(3) x 0 s 0 x s 1 2 3 4 5 6 7 8 9 10 11 12", "f1 0 o poly(1) vs 1 2 3", "h1 o 0 poly(2) vs vs 7 1 2 3 4 5",
            "e1 o 0 table {v(x)} = (-1,-1) (0,0) (1,3)", "g1 0 o table {v(x)*1.1} = (-1.5,-1) (0.1,0) (1.2,3) m=2",
            "l1 q 0 1\nrl q s 1\neq w 0 x 0 1\nrw w s 1\nhq y 0 vs 2\nry y s 1\nbq z 0 v=v(x)^2\nrz z s 1\nb1 o 0 v=i(l1)+2*i(eq)+3*i(hq)+4*i(bq)",
            "i1 0 o 1\nr1 o 0 r='1+v(x)^2' m=2 tc1=0.01\n.options temp=77", "i1 0 o 1\nr1 o 0 {1+v(o)^2*0.1}",
        })
            yield return new TestCaseData(lines, sweep);
        foreach (var axis in new[] { ".dc temp -20 80 20", ".dc r2 1k 3k 0.5k", ".dc temp 0 50 25 vx 0 1 0.5", ".dc vx 0 1 0.25 temp 0 50 25", ".dc vx 0 1 0.5 r2 1k 2k 0.5k", ".dc temp 50 -20 -10" })
            yield return new TestCaseData("i1 0 b 0.3m\nr1 x b 1k tc1=0.01\nr2 b 0 2k\nd1 b 0 dx off\n.model dx d(is=1e-15)\nb1 o 0 v=v(b)*temper", axis);
    }

    [TestCaseSource(nameof(Elements))]
    public void An_element_agrees_with_ngspice(string lines, string sweep)
    {
        var deck = Deck(lines, sweep);
        var ours = Run(deck)[0];
        var reference = NgspiceReference.Run(deck);
        Assert.That(ours.Abscissa!.Name, Is.EqualTo(reference.Columns[0].Name));
        foreach (var column in ours.Columns.Skip(1).Where(c => c.Name.StartsWith('v')))
        {
            var expected = reference[column.Name];
            Assert.That(column.Values, Is.EqualTo(expected).Within(1e-6 * expected.Max(Math.Abs)), column.Name);
        }
        // and what is written is the same circuit
        var written = DeckWriter.Format(DeckReader.Parse(deck, "formula.cir"));
        var again = NgspiceReference.Run(written);
        Assert.That(again["v(o)"], Is.EqualTo(reference["v(o)"]).Within(1e-6 * reference["v(o)"].Max(Math.Abs)), written);
    }

    [TestCase("sqrt(v(x))", "-2 -1 0.5", "'b1'")]
    [TestCase("ln(v(x))", "-2 -1 0.5", "'b1'")]
    [TestCase("1/v(x)*1e300*1e300*v(x)", "1 2 0.5", "'b1'")]
    [TestCase("acosh(v(x))", "-1 0 0.5", "'b1'")]
    public void What_has_no_value_is_named(string formula, string sweep, string expected) =>
        Assert.That(() => Run(Deck($"b1 o 0 v={formula}", $".dc vx {sweep}")), Throws.TypeOf<ConvergenceException>().With.Message.Contains("dc sweep at vx").And.Message.Contains(expected));

    [Test]
    public void A_transient_stops_where_a_root_ends_and_keeps_what_it_has()
    {
        var e = Assert.Throws<ConvergenceException>(() => Run("root\nv1 a 0 pwl(0 1 1u -1)\nb1 o 0 v=sqrt(v(a))\nr1 o 0 1\n.tran 10n 1u\n.end\n"))!;
        Assert.That(e.Message, Does.StartWith("transient at 5e-07 s").And.Contains("'b1'"));
        Assert.That(e.Partial!.Analyses[0]["v(o)"].All(double.IsFinite));
    }

    [Test]
    public void A_charge_that_is_a_formula_is_conserved()
    {
        // a current source pumps 1000 cycles of no net charge through a nonlinear charge in series with a linear one
        var waves = Run("""
            conserved
            i1 0 a sin(0 1m 1meg)
            c1 a b q='1n*(v(a,b)+0.3*v(a,b)^2+0.1*v(a,b)^3)'
            c2 b 0 1n
            .ic v(a)=0 v(b)=0
            .tran 20n 1m 0 20n uic
            .options reltol=1e-6
            .end
            """)[0];
        double[] a = waves["v(a)"], b = waves["v(b)"];
        // KCL at b: both charges began at 0 and stay equal over 50,000 steps; at each the formula is met to the square of Newton's last step
        for (var k = 0; k < a.Length; k++)
        {
            var across = a[k] - b[k];
            Assert.That(1e-9 * (across + 0.3 * across * across + 0.1 * across * across * across), Is.EqualTo(1e-9 * b[k]).Within(1e-9 * 1e-9));
        }
    }

    [Test]
    public void A_derivative_is_taken_as_the_engine_integrates()
    {
        // i = C dv/dt of a sine: amplitude 2 pi f C, to the error of the trapezoidal rule at 500 steps a period, (w h)^2/12
        var waves = Run("ddt\nv1 a 0 sin(0 1 1meg)\nb1 0 o i=1n*ddt(v(a))*2\nr1 o 0 1\n.tran 2n 5u 0 2n\n.end\n")[0];
        double[] time = waves["time"], volts = waves["v(o)"];
        const double omega = 2 * Math.PI * 1e6;
        for (var k = 0; k < time.Length; k++)
            if (time[k] > 1e-6)
                Assert.That(volts[k], Is.EqualTo(2e-9 * omega * Math.Cos(omega * time[k])).Within(2e-9 * omega * 1e-4));
    }

    [Test]
    public void A_capacitance_that_is_a_formula_starts_at_its_initial_voltage()
    {
        var waves = Run("ic\nr1 a 0 1k\nc1 a 0 c='1n*(1+0*v(a))' ic=2\n.tran 1n 5u uic\n.options reltol=1e-6\n.end\n")[0];
        double[] time = waves["time"], volts = waves["v(a)"];
        // local errors of reltol a step, some hundred steps
        for (var k = 0; k < time.Length; k++)
            Assert.That(volts[k], Is.EqualTo(2 * Math.Exp(-time[k] / 1e-6)).Within(1e-4));
    }

    [Test]
    public void A_chain_of_definitions_costs_no_more_than_one_formula()
    {
        const string bench = "v1 p 0 3\nr1 p a 1k\n{0}\n.options reltol=1e-6\n.op\n.end\n";
        static (double, int) Solve(string lines)
        {
            var result = new EmbeddedEngine().Run(DeckReader.Parse("chain\n" + string.Format(System.Globalization.CultureInfo.InvariantCulture, bench, lines), "chain.cir"));
            return (result.Analyses[0]["v(a)"][0], result.Statistics.Iterations);
        }
        var (whole, most) = Solve("b1 a 0 i=1m*ln(1+(1+(10*v(a))^3)^2)");
        // in the wrong order, the first of them last
        var (chained, iterations) = Solve("b1 a 0 i=v(d)\nbd d 0 v=1m*ln(1+v(c)^2)\nbc c 0 v=1+v(b)^3\nbb b 0 v=10*v(a)");
        Assert.That(chained, Is.EqualTo(whole).Within(1e-9));
        Assert.That(iterations, Is.LessThanOrEqualTo(most + 1));
    }

    [Test]
    public void A_condition_decides_which_domain_counts()
    {
        var waves = Run(Deck("b1 o 0 v=v(x)>0 ? sqrt(v(x)) : v(x)<-1 ? acosh(-v(x)) : ln(2+v(x))", ".dc vx -2 2 0.25"))[0];
        Assert.That(waves["v(o)"], Is.EqualTo(waves["v-sweep"].Select(v => v > 0 ? Math.Sqrt(v) : v < -1 ? Math.Acosh(-v) : Math.Log(2 + v))).Within(1e-9));
    }

    [Test]
    public void What_jumps_is_passed()
    {
        var waves = Run("jump\nv1 a 0 sin(0 1 1meg)\nb1 b 0 v=floor(5*v(a))\nr1 b c 1k\nc1 c 0 100p\n.tran 5n 3u 0 1n\n.options reltol=1e-6 abstol=1e-15 vntol=1e-9 chgtol=1e-19 trtol=1\n.end\n")[0];
        Assert.That(waves["time"][^1], Is.EqualTo(3e-6));
        Assert.That(waves["v(b)"], Has.All.Matches<double>(v => Math.Abs(v - Math.Round(v)) < 1e-9));
    }

    [Test]
    public void A_formula_of_time_turns_on_its_points()
    {
        var waves = Run("turn\nb1 b 0 v=pwl(time,0,0,1.23u,1,1.31u,0,3u,2)\nr1 b 0 1\n.tran 0.1u 3u\n.end\n")[0];
        Assert.That(waves["time"], Does.Contain(1.23e-6).And.Contain(1.31e-6));
        Assert.That(waves["v(b)"].Max(), Is.EqualTo(2).Within(1e-12));
    }

    [TestCase("pwl(0 0 1u 1 2u 0.5) r=0", 5.5e-6, 0.75, Description = "1.5 us into the third turn")]
    [TestCase("pwl(0 0 1u 1 2u 0.5) r=0 td=0.5u", 0.5e-6, 0)]
    [TestCase("pwl(0 0 1u 1 2u 0.5) r=0 td=0.5u", 5e-6, 0.5, Description = "0.5 us into the third turn")]
    [TestCase("pwl(0.2u 0 1u 1 2u 0.5 3u 1) r=1u", 3.5e-6, 0.75)]
    [TestCase("pwl(0 0 1u 1) r=-1", 5e-6, 1)]
    public void A_piecewise_linear_source_repeats(string waveform, double seconds, double expected)
    {
        var source = DeckReader.Parse($"pwl\nv1 a 0 {waveform}\nr1 a 0 1\n.end\n", "pwl.cir").Elements.OfType<VoltageSource>().Single();
        Assert.That(source.Waveform.ValueAt(seconds), Is.EqualTo(expected).Within(1e-9));
        Assert.That(source.Waveform.Breakpoints(10e-6), Is.Ordered.Ascending);
    }
}
