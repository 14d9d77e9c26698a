namespace AnalogAttention.Tests.Cli;

/// <summary>A deck that asks for a sweep itself.</summary>
public class SweepDeckTests
{
    private const string Deck = "divider\n.param top=1k\nv1 a 0 1\nr1 a b {top}\nr2 b 0 1k\n.dc v1 1 2 1\n.measure dc out find v(b) at=1\n.step param top list 1k 3k\n.end\n";

    [Test]
    public void SweepNeedsNoPlanForIt()
    {
        using var folder = new TemporaryFolder();
        folder.Write("divider.cir", Deck);
        var (exit, _, error) = CommandLine.Run(folder.Path, "sweep", "divider.cir", "--out", "o", "--quiet");
        Assert.That(exit, Is.Zero, error);
        Assert.That(File.ReadAllText(folder.File("o/sweep.csv")), Is.EqualTo("point,corner,temperature [C],top,out,error\n0,,,1000,0.5,\n1,,,3000,0.25,\n"));
    }

    [TestCase("simulate", "divider.cir")]
    [TestCase("simulate", "divider.cir", "--export", "ngspice")]
    public void SimulateSaysWhichCommandDoesIt(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        folder.Write("divider.cir", Deck);
        var (exit, output, error) = CommandLine.Run(folder.Path, arguments);
        Assert.That((exit, output), Is.EqualTo((3, "")));
        Assert.That(CommandLine.Complaints(error).Single(), Does.Contain("divider.cir:8:1: error N503").And.Contain("command sweep"));
    }
}
