using System.Text.Json;
using System.Text.Json.Nodes;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Gpt2;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

public class ShardedCheckpointTests
{
    private const string Index = "model.safetensors.index.json", First = "model-00001-of-00003.safetensors", Second = "model-00002-of-00003.safetensors";

    private static readonly RandomGpt2 Shape = new();

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Save()
    {
        _folder = new TemporaryFolder();
        Shape.SaveShards(_folder.Path, Shape.Tensors(), 3);
    }

    [TearDown]
    public void Remove() => _folder.Dispose();

    [Test]
    public void ShardsAndOneFileGiveTheSameBits()
    {
        int[] tokens = Shape.Tokens(9);
        Assert.That(Gpt2Model.Load(_folder.Path).Logits(tokens, new SoftmaxAttention()), Is.EqualTo(Shape.Load().Logits(tokens, new SoftmaxAttention())));
    }

    [Test]
    public void ASingleFileCountsBeforeAnIndex()
    {
        Shape.Save(_folder.Path, Shape.Tensors());
        File.WriteAllText(_folder.File(Index), "{");
        Assert.That(() => Gpt2Model.Load(_folder.Path), Throws.Nothing);
    }

    [TestCase("../model-00001-of-00003.safetensors")]
    [TestCase("/etc/model.safetensors")]
    [TestCase("a\\b.safetensors")]
    [TestCase("C:model.safetensors")]
    [TestCase("model.bin")]
    [TestCase("")]
    [TestCase("..")]
    [TestCase("a\0.safetensors")]
    public void AShardElsewhereIsRefused(string shard)
    {
        EditIndex(map => map["wte.weight"] = shard);
        Refused(Index, "tensor 'wte.weight' is said to lie in");
    }

    [Test]
    public void AMissingShardIsNamed()
    {
        File.Delete(_folder.File(Second));
        Refused(Second, "no such file");
    }

    [Test]
    public void ATensorThatItsShardLacksIsNamed()
    {
        EditIndex(map => map["h.7.ln_1.bias"] = First);
        Refused(Index, $"tensor 'h.7.ln_1.bias' is not in {First}");
    }

    [Test]
    public void ATensorSaidToLieInAnotherShardIsNamed()
    {
        EditIndex(map => map["wte.weight"] = (string)map["wte.weight"]! == First ? Second : First);
        Refused(Index, "tensor 'wte.weight' is not in");
    }

    [Test]
    public void ATensorThatTheIndexLeavesOutIsNamed()
    {
        EditIndex(map => map.Remove("wte.weight"));
        Refused(First, $"tensor 'wte.weight' is not named in {Index}");
    }

    [Test]
    public void ATensorInTwoShardsIsNamed()
    {
        File.Copy(_folder.File(First), _folder.File("model-00004-of-00003.safetensors"));
        EditIndex(map => map["extra"] = "model-00004-of-00003.safetensors");
        Refused("model-00004-of-00003.safetensors", $"in {First}");
    }

    [TestCase("""{"weight_map": {"a": "a.safetensors", "a": "b.safetensors"}}""", "'a' is there twice")]
    [TestCase("""{"weight_map": {}}""", "names no tensor")]
    [TestCase("""{"weight_map": []}""", "expected a JSON object")]
    [TestCase("""{}""", "expected a JSON object")]
    [TestCase("""[""", "not valid JSON")]
    [TestCase("""{"weight_map": {"a": 3}}""", "'a' is said to lie in 3")]
    [TestCase("""{"weight_map": {"a\n\ud83d\ude00": 3}}""", "'a\\u000a😀'")]
    public void ABadIndexIsOneLine(string json, string message)
    {
        File.WriteAllText(_folder.File(Index), json);
        Refused(Index, message);
    }

    private void EditIndex(Action<JsonObject> edit)
    {
        JsonNode index = JsonNode.Parse(File.ReadAllText(_folder.File(Index)))!;
        edit(index["weight_map"]!.AsObject());
        File.WriteAllText(_folder.File(Index), index.ToJsonString(JsonSerializerOptions.Default));
    }

    private void Refused(string file, string message)
    {
        var error = Assert.Throws<BadInputException>(() => Gpt2Model.Load(_folder.Path))!;
        Assert.That(error.Message, Does.StartWith(_folder.File(file)).And.Contain(message).And.Not.Contain("\n"));
    }
}
