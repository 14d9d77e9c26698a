using AnalogAttention.Reports;

namespace AnalogAttention.Tests.Reports;

public class SiFormatTests
{
    [TestCase(1.29e-8, "A", 3, ExpectedResult = "12.9 nA")]
    [TestCase(1.2e-12, "C", 3, ExpectedResult = "1.2 pC")]
    [TestCase(-4.5e-6, "A", 3, ExpectedResult = "-4.5 µA")]
    [TestCase(999.96e-9, "A", 3, ExpectedResult = "1 µA", Description = "rounding carries into the next prefix")]
    [TestCase(0.9, "V", 3, ExpectedResult = "900 mV")]
    [TestCase(4700, "s", 3, ExpectedResult = "4700 s", Description = "no kiloseconds")]
    [TestCase(2.3e-13, "A/√Hz", 3, ExpectedResult = "230 fA/√Hz")]
    [TestCase(0.25, "LSB", 3, ExpectedResult = "0.25 LSB")]
    [TestCase(0.031, "m²", 3, ExpectedResult = "0.031 m²", Description = "a prefix would be squared")]
    [TestCase(12288, "", 3, ExpectedResult = "12288", Description = "counts keep their digits")]
    [TestCase(1.3e-7, "", 3, ExpectedResult = "1.3e-07")]
    [TestCase(0, "A", 3, ExpectedResult = "0 A")]
    [TestCase(-0.0, "", 3, ExpectedResult = "0")]
    [TestCase(double.NaN, "A", 3, ExpectedResult = "n/a")]
    [TestCase(double.NegativeInfinity, "A", 3, ExpectedResult = "-∞")]
    public string Reads(double value, string unit, int digits) => SiFormat.Format(value, unit, digits);
}
