using AnalogAttention.Circuits;
using AnalogAttention.Simulation;
using AnalogAttention.Simulation.Files;

namespace AnalogAttention.Tests.Simulation;

public class WaveformFileTests
{
    private static readonly WaveformSet _waves = new("tran",
    [
        new Waveform("time", "s", [0, 1e-12, 1.0 / 3]),
        new Waveform("v(x1.store)", "V", [-1e-300, Math.PI, 0]),
        new Waveform("v(a,b)", "V", [1, 2, 3]),
        new Waveform("i(vbl)", "A", [1e-9, double.Epsilon, -7]),
    ]);

    private string _folder = "";

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory().FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void EveryFormatReadsBackBitForBit([Values("csv", "raw", "npz")] string extension)
    {
        var paths = WaveformFiles.Write(Path.Combine(_folder, $"out.{extension}"), [_waves, _waves], "title");
        Assert.That(paths.Select(Path.GetFileName), Is.EqualTo((string[])[$"out.{extension}", $"out-2.{extension}"]));
        Assert.That(Directory.GetFiles(_folder), Has.Length.EqualTo(2), "no part is left");
        foreach (var path in paths)
        {
            var read = WaveformFiles.Read(path);
            Assert.That(read.Analysis, Is.EqualTo("tran"));
            Assert.That(read.Columns.Select(c => (c.Name, c.Unit)), Is.EqualTo(_waves.Columns.Select(c => (c.Name, c.Unit))));
            for (var k = 0; k < read.Columns.Count; k++)
                Assert.That(read.Columns[k].Values, Is.EqualTo(_waves.Columns[k].Values));
        }
        Assert.That(File.ReadAllBytes(paths[0]), Is.EqualTo(File.ReadAllBytes(paths[1])), "equal data, equal bytes");
    }

    [Test]
    public void ComplexWavesReadBackBitForBit([Values("csv", "raw", "npz")] string extension)
    {
        var waves = new WaveformSet("ac",
        [
            new Waveform("frequency", "Hz", [1, 10]),
            new Waveform("re(v(a))", "V", [1, -2]), new Waveform("im(v(a))", "V", [0.1, Math.E]),
            new Waveform("re(i(v1))", "A", [3e-9, 0]), new Waveform("im(i(v1))", "A", [-1e-12, 4]),
        ]);
        var path = WaveformFiles.Write(Path.Combine(_folder, $"out.{extension}"), [waves])[0];
        var read = WaveformFiles.Read(path);
        Assert.That(read.Analysis, Is.EqualTo("ac"));
        Assert.That(read.Columns.Select(c => (c.Name, c.Unit)), Is.EqualTo(waves.Columns.Select(c => (c.Name, c.Unit))));
        Assert.That(read.Columns.SelectMany(c => c.Values), Is.EqualTo(waves.Columns.SelectMany(c => c.Values)));
        if (extension != "raw")
            return;
        NgspiceReference.RequireInstalled();
        Assert.That(NgspiceReference.Control(_folder, $"load {path}", "print imag(v(a)[1]) real(i(v1)[0])"), Does.Contain("2.71828").And.Contain("3.0"));
    }

    [Test]
    public void CsvHeaderHasNamesAndUnits()
    {
        var path = WaveformFiles.Write(Path.Combine(_folder, "out.csv"), [_waves])[0];
        Assert.That(File.ReadLines(path).First(), Is.EqualTo("time [s],v(x1.store) [V],\"v(a,b) [V]\",i(vbl) [A]"));
    }

    [Test]
    public void BrokenFilesAreNamed()
    {
        var path = Path.Combine(_folder, "out.raw");
        WaveformFiles.Write(path, [_waves]);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^5]);
        Assert.That(() => WaveformFiles.Read(path), Throws.TypeOf<BadInputException>().With.Message.StartsWith(path));
        Assert.That(() => WaveformFiles.Read(Path.Combine(_folder, "none.csv")), Throws.TypeOf<BadInputException>().With.Message.Contains("no such file"));
        Assert.That(() => WaveformFiles.Write(Path.Combine(_folder, "out.txt"), [_waves]), Throws.TypeOf<BadInputException>());
    }

    [Test]
    public void NgspiceLoadsTheRawFile()
    {
        NgspiceReference.RequireInstalled();
        var path = Path.Combine(_folder, "out.raw");
        WaveformFiles.Write(path, [_waves], "title");
        var output = NgspiceReference.Control(_folder, $"load {path}", "print time[2] v(x1.store)[1]");
        Assert.That(output, Does.Contain("3.33333").And.Contain("3.14159"));
    }
}
