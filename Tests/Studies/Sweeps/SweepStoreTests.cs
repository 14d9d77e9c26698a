using AnalogAttention.Studies.Sweeps;

namespace AnalogAttention.Tests.Studies.Sweeps;

public class SweepStoreTests
{
    private static SweepOutcome Outcome(double value) => new(new Dictionary<string, double> { ["m"] = value }, null);

    [Test]
    public void WhatWasAddedIsThereAgainToTheLastBit()
    {
        using var folder = new TemporaryFolder();
        using (var store = new SweepStore(folder.Path, "a"))
        {
            store.Add("one", Outcome(0.1 + 0.2));
            store.Add("two", new SweepOutcome(new Dictionary<string, double>(), "did not converge"));
        }
        using var again = new SweepStore(folder.Path, "a");
        Assert.That(again.TryGet("one", out var one) && again.TryGet("two", out var two) && two.Error == "did not converge");
        Assert.That(one!.Values["m"], Is.EqualTo(0.1 + 0.2));
    }

    [Test]
    public void ALineCutShortAnywhereLosesThatPointAlone()
    {
        using var folder = new TemporaryFolder();
        using (var store = new SweepStore(folder.Path, "a"))
            for (var i = 0; i < 3; i++)
                store.Add($"k{i}", Outcome(i));
        byte[] whole = File.ReadAllBytes(folder.File("a.jsonl"));
        int lastLine = Array.LastIndexOf(whole, (byte)'\n', whole.Length - 2) + 1;
        for (int length = lastLine; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder.File("a.jsonl"), whole[..length]);
            using (var store = new SweepStore(folder.Path, "a"))
            {
                Assert.That((store.Count, store.Damaged.Count), Is.EqualTo((2, 0)), $"cut at {length}");
                store.Add("k2", Outcome(2));
            }
            Assert.That(File.ReadAllBytes(folder.File("a.jsonl")), Is.EqualTo(whole));
        }
    }

    [Test]
    public void ADamagedLineIsNamedAndTheOthersStay()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.jsonl", "{\"Key\":\"x\",\"Values\":{\"m\":1},\"Error\":null}\nnot a row\n{\"Key\":\"y\",\"Values\":{\"m\":2},\"Error\":null}\n");
        using var store = new SweepStore(folder.Path, "b");
        Assert.That(store.Damaged, Is.EqualTo(new[] { folder.File("a.jsonl") + ":2" }));
        Assert.That(store.TryGet("x", out _) && store.TryGet("y", out _));
    }

    [Test]
    public void APointThatTimedOutGivesWayToOneThatDidNotWhereverItLies()
    {
        using var folder = new TemporaryFolder();
        var late = new SweepOutcome(new Dictionary<string, double>(), "timed out after 1 s", TimedOut: true);
        using (var store = new SweepStore(folder.Path, "b"))
        {
            store.Add("x", late);
            store.Add("x", Outcome(1));
            store.Add("x", late);
            store.Add("y", Outcome(2));
        }
        Assert.That(File.ReadAllLines(folder.File("b.jsonl")), Has.Length.EqualTo(3));
        foreach (var name in new[] { "a", "c" })
            using (var other = new SweepStore(folder.File("other"), name))
                other.Add(name == "a" ? "y" : "z", late);
        foreach (var file in Directory.GetFiles(folder.File("other"), "*.jsonl"))
            File.Copy(file, folder.File(Path.GetFileName(file)));
        using var all = new SweepStore(folder.Path, "d");
        Assert.That(new[] { "x", "y", "z" }.Select(key => all.TryGet(key, out var outcome) && outcome.TimedOut), Is.EqualTo(new[] { false, false, true }));
    }

    [Test]
    public void TwoWritersOfOneNameAreRefusedAndReadersAreNot()
    {
        using var folder = new TemporaryFolder();
        using var first = new SweepStore(folder.Path, "a");
        first.Add("x", Outcome(1));
        Assert.That(() => new SweepStore(folder.Path, "a"), Throws.InstanceOf<IOException>().With.Message.Contains("a.jsonl: another sweep is writing"));
        using var beside = new SweepStore(folder.Path, "b");
        Assert.That(beside.TryGet("x", out _));
    }
}
