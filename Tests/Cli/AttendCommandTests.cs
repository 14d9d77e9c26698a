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
}
