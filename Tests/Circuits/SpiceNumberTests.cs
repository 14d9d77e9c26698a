using AnalogAttention.Circuits.Language;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace AnalogAttention.Tests.Circuits;

public class SpiceNumberTests
{
    [TestCase("5pF", 5e-12)]
    [TestCase("10kOhm", 10e3)]
    [TestCase("1e-3", 1e-3)]
    [TestCase("2.5MEG", 2.5e6)]
    [TestCase("2.5megohm", 2.5e6)]
    [TestCase("3M", 3e-3)]
    [TestCase("1.1n", 1.1e-9)]
    [TestCase("-.5", -0.5)]
    [TestCase("+7.", 7)]
    [TestCase("1e3k", 1e6)]
    [TestCase("2T", 2e12)]
    [TestCase("2g", 2e9)]
    [TestCase("4u", 4e-6)]
    [TestCase("4f", 4e-15)]
    [TestCase("4a", 4e-18)]
    [TestCase("10mil", 254e-6)]
    [TestCase("9V", 9)]
    [TestCase("1e", 1)]
    [TestCase("1e+12Hz", 1e12)]
    public void Suffixes_scale_and_units_mean_nothing(string word, double expected)
    {
        Assert.That(SpiceNumber.TryParse(word, out var value), Is.True);
        // mil is a product of two doubles: one rounding.
        Assert.That(value, word.EndsWith("mil") ? Is.EqualTo(expected).Within(1).Ulps : Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("k")]
    [TestCase(".")]
    [TestCase("-")]
    [TestCase("1u5")]
    [TestCase("1.2.3")]
    [TestCase("0x10!")]
    public void Other_words_are_no_numbers(string word) => Assert.That(SpiceNumber.TryParse(word, out _), Is.False);

    [Test]
    public void A_huge_exponent_is_infinite_or_zero_but_never_a_failure()
    {
        Assert.That(SpiceNumber.TryParse("1e999999999999999999999", out var big), Is.True);
        Assert.That(big, Is.EqualTo(double.PositiveInfinity));
        Assert.That(SpiceNumber.TryParse("1e-999999999999999999999", out var small), Is.True);
        Assert.That(small, Is.Zero);
    }

    [Test]
    public void Every_finite_double_is_written_and_read_back() =>
        Prop.ForAll(ArbMap.Default.ArbFor<double>().Filter(double.IsFinite), x => SpiceNumber.TryParse(SpiceNumber.Format(x), out var back) && back.Equals(x))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
}
