using AnalogAttention.Circuits;
using AnalogAttention.Inference.Weights;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

public class SafetensorsTests
{
    private static readonly byte[] Sixteen = new byte[16];

    /// <summary>Header, data, stated header length if it lies, and what the error has to name.</summary>
    public static IEnumerable<TestCaseData> Malformed()
    {
        yield return Case("not JSON", "{\"a\":", Sixteen, "JSON");
        yield return Case("JSON of another kind", "[1, 2]", Sixteen, "not a JSON object");
        yield return Case("empty header", "", Sixteen, "JSON");
        yield return Case("entry is no object", """{"a": 3}""", Sixteen, "'a'");
        yield return Case("no dtype", """{"a": {"shape": [4], "data_offsets": [0, 16]}}""", Sixteen, "dtype is missing");
        yield return Case("dtype is no string", """{"a": {"dtype": 32, "shape": [4], "data_offsets": [0, 16]}}""", Sixteen, "dtype is missing");
        yield return Case("unknown dtype", """{"a": {"dtype": "F33", "shape": [4], "data_offsets": [0, 16]}}""", Sixteen, "'F33' is not known");
        yield return Case("no shape", """{"a": {"dtype": "F32", "data_offsets": [0, 16]}}""", Sixteen, "shape is missing");
        yield return Case("no offsets", """{"a": {"dtype": "F32", "shape": [4]}}""", Sixteen, "data_offsets is missing");
        yield return Case("one offset", """{"a": {"dtype": "F32", "shape": [4], "data_offsets": [0]}}""", Sixteen, "[begin, end]");
        yield return Case("offsets reversed", """{"a": {"dtype": "F32", "shape": [4], "data_offsets": [16, 0]}}""", Sixteen, "begin <= end");
        yield return Case("offset negative", """{"a": {"dtype": "F32", "shape": [4], "data_offsets": [-16, 0]}}""", Sixteen, "integers >= 0");
        yield return Case("offset fractional", """{"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16.5]}}""", Sixteen, "integers >= 0");
        yield return Case("offset huge", """{"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 99999999999999999999]}}""", Sixteen, "integers >= 0");
        yield return Case("offset beyond the file", """{"a": {"dtype": "F32", "shape": [5], "data_offsets": [0, 20]}}""", Sixteen, "beyond the 16 data bytes");
        yield return Case("extent negative", """{"a": {"dtype": "F32", "shape": [-4], "data_offsets": [0, 16]}}""", Sixteen, "integers >= 0");
        yield return Case("extent is text", """{"a": {"dtype": "F32", "shape": ["4"], "data_offsets": [0, 16]}}""", Sixteen, "integers >= 0");
        yield return Case("size does not follow from shape", """{"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 16]}}""", Sixteen, "takes 12 bytes");
        yield return Case("shape overflows", """{"a": {"dtype": "F32", "shape": [4294967296, 4294967296, 4294967296], "data_offsets": [0, 16]}}""", Sixteen, "too large");
        yield return Case("too many dimensions", """{"a": {"dtype": "F32", "shape": [4,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1], "data_offsets": [0, 16]}}""", Sixteen, "17 dimensions");
        yield return Case("overlap", """{"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 12]}, "b": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}}""", Sixteen, "overlapping");
        yield return Case("hole", """{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, "b": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}}""", Sixteen, "hole");
        yield return Case("bytes that belong to none", """{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}""", Sixteen, "belong to none");
        yield return Case("same tensor twice", """{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}}""", Sixteen, "Duplicate");
        yield return Case("same key twice", """{"a": {"dtype": "F16", "dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}""", Sixteen, "Duplicate");
        yield return Case("a name of many lines", """{"a\n\u001b\u2028b": {"dtype": "F32", "shape": [3], "data_offsets": [0, 16]}}""", Sixteen, "'a\\u000a\\u001b\\u2028b'");
        yield return Case("a name with half a surrogate pair", """{"\ud800": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}""", Sixteen, "JSON");
        yield return Case("offset not a number", """{"a": {"dtype": "F32", "shape": [4], "data_offsets": [NaN, 16]}}""", Sixteen, "JSON");
        yield return Case("nesting without end", string.Concat(Enumerable.Repeat("{\"a\":", 100_000)), Sixteen, "JSON");
        yield return Case("header reaches beyond the file", "{}", Sixteen, "truncated", statedLength: 1000);
        yield return Case("header of gigabytes", "{}", Sixteen, "at most 100000000", statedLength: 8L << 30);
        yield return Case("header length negative", "{}", Sixteen, "at most 100000000", statedLength: -1);
    }

    private static TestCaseData Case(string name, string header, byte[] data, string message, long? statedLength = null) =>
        new TestCaseData(header, data, statedLength, message).SetArgDisplayNames(name);

    [TestCaseSource(nameof(Malformed))]
    public void AMalformedFileIsOneLineThatNamesIt(string header, byte[] data, long? statedLength, string message)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        TensorFiles.Write(path, header, data, statedLength);
        var error = Assert.Throws<BadInputException>(() => SafetensorsFile.Open(path).Dispose())!;
        Assert.That(error.Message, Does.Contain(path).And.Contain(message).And.Not.Contain("\n"));
    }

    [Test]
    public void EveryTruncationOfAFileIsRefused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors"), cut = folder.File("cut.safetensors");
        TensorFiles.Write(path, new Dictionary<string, TestTensor> { ["a"] = new([3], [1, 2, 3]), ["b"] = new([2, 1], [4, 5]) });
        byte[] bytes = File.ReadAllBytes(path);
        for (var length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(cut, bytes[..length]);
            Assert.Throws<BadInputException>(() => SafetensorsFile.Open(cut).Dispose(), $"{length} of {bytes.Length} bytes");
        }
    }

    [Test]
    public void AFileCutShortWhileItIsOpenIsNamed()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        var values = new float[100_000];
        TensorFiles.Write(path, new Dictionary<string, TestTensor> { ["a"] = new([values.Length], values) });
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using (var other = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            other.SetLength(5000);
        Assert.That(() => file.Read("a"), Throws.TypeOf<BadInputException>().With.Message.Contains($"{path}: ends at byte 5000"));
    }

    [Test]
    public void AnEmptyFileAndAFolderAreNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Multiple(() =>
        {
            Assert.That(() => SafetensorsFile.Open(folder.Write("empty.safetensors", "")), Throws.TypeOf<BadInputException>().With.Message.Contains("0 bytes is too short"));
            Assert.That(() => SafetensorsFile.Open(folder.Path), Throws.TypeOf<BadInputException>().With.Message.Contains("cannot be read"));
        });
    }

    [TestCase("F32")]
    [TestCase("F16")]
    [TestCase("BF16")]
    public void ValuesThatATypeHoldsComeBackExactly(string type)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        float[] values = [0, -0f, 1, -1.5f, 0.0078125f, 255, -65280, 5.9604645e-8f];   // 7 bits of mantissa; 2^-24 is the smallest Half
        TensorFiles.Write(path, new Dictionary<string, TestTensor> { ["first"] = new([1], [7]), ["a"] = new([2, 4], values) }, type);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.That(file.Read("a").Select(BitConverter.SingleToInt32Bits), Is.EqualTo(values.Select(BitConverter.SingleToInt32Bits)));
    }

    [Test]
    public void AMissingTensorAnotherTypeAndANaNAreNamed()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.safetensors");
        TensorFiles.Write(path, """{"i": {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]}, "n": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}}""",
            [.. new byte[8], .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(float.NaN)]);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Multiple(() =>
        {
            Assert.That(() => file.Read("x"), Throws.TypeOf<BadInputException>().With.Message.Contains("'x' is missing"));
            Assert.That(() => file.Read("i"), Throws.TypeOf<BadInputException>().With.Message.Contains("'i' is I64"));
            Assert.That(() => file.Read("n"), Throws.TypeOf<BadInputException>().With.Message.Contains("NaN at element 1"));
        });
    }

    [Test]
    public void AMissingFileIsNamed() =>
        Assert.That(() => SafetensorsFile.Open("/nowhere/model.safetensors"), Throws.TypeOf<BadInputException>().With.Message.EqualTo("/nowhere/model.safetensors: no such file"));
}
