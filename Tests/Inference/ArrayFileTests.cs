using System.Text;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Arrays;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

public class ArrayFileTests
{
    [TestCase(ElementType.Float32)]
    [TestCase(ElementType.Float64)]
    [TestCase(ElementType.Int32)]
    [TestCase(ElementType.Int64)]
    public void AnArrayComesBack(ElementType type)
    {
        using var folder = new TemporaryFolder();
        foreach (int[] shape in new int[][] { [], [1], [6], [2, 3], [1, 2, 3], [0, 4] })
        {
            double[] values = [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(i => type is ElementType.Float32 or ElementType.Float64 ? i / 4.0 : i - 2)];
            NpyFile.Write(folder.File("a.npy"), new NdArray(shape, values, type));
            NdArray read = NpyFile.Read(folder.File("a.npy"));
            Assert.Multiple(() =>
            {
                Assert.That(read.Shape, Is.EqualTo(shape));
                Assert.That(read.Values, Is.EqualTo(values));
                Assert.That(read.Type, Is.EqualTo(type));
                Assert.That(new FileInfo(folder.File("a.npy")).Length % 64, Is.EqualTo(values.Length * (type is ElementType.Float32 or ElementType.Int32 ? 4 : 8) % 64));
            });
        }
    }

    [Test]
    public void AnArchiveComesBackAndRepeatsByteForByte()
    {
        using var folder = new TemporaryFolder();
        (string, NdArray)[] arrays = [("Q", new NdArray([2, 2], [1, 2, 3, 4])), ("phi_S", new NdArray([3], [0.5, -1, 1e300]))];
        NpzFile.Write(folder.File("a.npz"), arrays);
        NpzFile.Write(folder.File("b.npz"), arrays);
        IReadOnlyDictionary<string, NdArray> read = NpzFile.Read(folder.File("a.npz"));
        Assert.Multiple(() =>
        {
            Assert.That(read.Keys, Is.EquivalentTo(new[] { "Q", "phi_S" }));
            Assert.That(read["phi_S"].Values, Is.EqualTo(arrays[1].Item2.Values));
            Assert.That(File.ReadAllBytes(folder.File("b.npz")), Is.EqualTo(File.ReadAllBytes(folder.File("a.npz"))));
            Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(2), "no temporaries stay");
        });
    }

    [TestCase("{'descr': '<f8', 'fortran_order': True, 'shape': (2,), }", "Fortran")]
    [TestCase("{'descr': '>f8', 'fortran_order': False, 'shape': (2,), }", "'>f8'")]
    [TestCase("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "'|O'")]
    [TestCase("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", "expected 24")]
    [TestCase("{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999,), }", "not usable")]
    [TestCase("{'descr': '<f8', 'fortran_order': False, 'shape': (65536, 65536), }", "not usable")]
    [TestCase("{'descr': '<f8'}", "not understood")]
    public void ABadHeaderIsNamed(string header, string message)
    {
        using var folder = new TemporaryFolder();
        byte[] text = Encoding.ASCII.GetBytes(header + "\n");
        File.WriteAllBytes(folder.File("a.npy"), [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, 0, .. text, .. new byte[16]]);
        Assert.That(() => NpyFile.Read(folder.File("a.npy")), Throws.TypeOf<BadInputException>().With.Message.Contains(message).And.Message.Contains("a.npy"));
    }

    [Test]
    public void AFlippedBitIsFound()
    {
        using var folder = new TemporaryFolder();
        NpzFile.Write(folder.File("a.npz"), ("S", new NdArray([4], [1, 2, 3, 4])));
        byte[] bytes = File.ReadAllBytes(folder.File("a.npz"));
        bytes[bytes.AsSpan().IndexOf(BitConverter.GetBytes(3.0)) + 4] ^= 1;
        File.WriteAllBytes(folder.File("a.npz"), bytes);
        Assert.That(() => NpzFile.Read(folder.File("a.npz")), Throws.TypeOf<BadInputException>().With.Message.Contains("a.npz(S.npy): damaged"));
    }

    [Test]
    public void FilesThatAreNoArraysAreNamed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.npz"), "no zip");
        File.WriteAllText(folder.File("a.npy"), "no array at all");
        Assert.Multiple(() =>
        {
            Assert.That(() => NpzFile.Read(folder.File("a.npz")), Throws.TypeOf<BadInputException>().With.Message.Contains("a.npz"));
            Assert.That(() => NpyFile.Read(folder.File("a.npy")), Throws.TypeOf<BadInputException>().With.Message.Contains("a.npy"));
            Assert.That(() => NpyFile.Read(folder.File("b.npy")), Throws.TypeOf<BadInputException>().With.Message.Contains("no such file"));
        });
    }
}
