using AnalogAttention.Inference.Arrays;

namespace AnalogAttention.Tests.Cli;

public class AttendCommandTests
{
    [Test]
    public void One_head_on_arrays_equals_the_NumPy_tensors()
    {
        using var folder = new TemporaryFolder();
        var reference = NpzFile.Read(Repository.Fixture("attention", "cubic-quantised.npz"));
        var (code, _, error) = CommandLine.Run(folder.Path, "attend", Repository.Fixture("attention", "cubic-quantised.npz"), "--cell", Repository.Fixture("attention", "cell-cubic.json"), "--decay", "0", "--out", "o.npz");
        Assert.That(code, Is.Zero, error);
        var result = NpzFile.Read(folder.File("o.npz"));
        Assert.Multiple(() =>
        {
            Assert.That(result["S"].Values, Is.EqualTo(reference["S"].Values).Within(2e-3)); // microampere, float32 sums of |S| up to 100
            Assert.That(result["phi_S"].Values, Is.EqualTo(reference["phi_S"].Values).Within(2e-5));
        });
    }

    [TestCase(0, 4, 0.5, "hold nothing")]
    [TestCase(3, 0, 0.5, "hold nothing")]
    [TestCase(3, 4, double.NaN, "Q holds NaN at element 0")]
    [TestCase(3, 4, 1e300, "Q holds 1E+300 at element 0")]
    public void Arrays_that_no_head_takes_are_one_clear_error_and_no_file(int tokens, int size, double value, string message)
    {
        using var folder = new TemporaryFolder();
        NdArray Filled(double with) => new([tokens, size], [.. Enumerable.Repeat(with, tokens * size)]);
        NpzFile.Write(folder.File("qkv.npz"), ("Q", Filled(value)), ("K", Filled(0.5)), ("V", Filled(0.5)));
        var (code, _, error) = CommandLine.Run(folder.Path, "attend", "qkv.npz", "--without", "input-range,input-quantization", "--out", "o.npz");
        Assert.That(code, Is.EqualTo(3), error);
        Assert.That(error.Trim(), Does.StartWith("analog-attention: qkv.npz: ").And.Contain(message).And.Not.Contain("\n"));
        Assert.That(File.Exists(folder.File("o.npz")), Is.False);
    }
}
