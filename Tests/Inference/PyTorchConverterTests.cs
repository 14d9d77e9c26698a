using AnalogAttention.Inference.Weights;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

/// <summary>The Python of Docs/model-folders.md, on a checkpoint that PyTorch itself writes.</summary>
public class PyTorchConverterTests
{
    private const string Checkpoint = """
        import torch
        values = torch.tensor([[0.0, 1.0, -1.5], [0.0078125, 255.0, -0.25]])
        torch.save({"single": values, "half": values.half(), "bfloat": values.bfloat16(), "turned": values.t(), "scalar": torch.tensor(-1e4),
                    "mask": torch.ones(1, 1, 2, 2, dtype=torch.bool)}, "pytorch_model.bin")
        """;

    private static readonly float[] Values = [0, 1, -1.5f, 0.0078125f, 255, -0.25f];

    [Test]
    public void TheDocumentedConverterKeepsEveryWeight()
    {
        using var folder = new TemporaryFolder();
        string document = File.ReadAllText(Path.Combine(Repository.Root, "Docs", "model-folders.md")).ReplaceLineEndings("\n");
        string converter = document.Split("```python\n")[1].Split("```")[0];
        Assert.That(converter.TrimEnd().Split('\n'), Has.Length.LessThanOrEqualTo(10));
        var python = PythonProgram.WithTorch(folder);
        Assert.That(python.Run(folder, "checkpoint.py", Checkpoint), Is.Empty);
        Assert.That(python.Run(folder, "convert.py", converter, "pytorch_model.bin", "model.safetensors"), Is.Empty);

        using SafetensorsFile file = SafetensorsFile.Open(folder.File("model.safetensors"));
        Assert.Multiple(() =>
        {
            Assert.That(file.Entries.Keys, Is.EquivalentTo(new[] { "single", "half", "bfloat", "turned", "scalar" }), "no mask");
            Assert.That(file.Read("single"), Is.EqualTo(Values));
            Assert.That(file.Read("half"), Is.EqualTo(Values));
            Assert.That(file.Read("bfloat"), Is.EqualTo(Values));
            Assert.That(file.Read("turned"), Is.EqualTo(new[] { Values[0], Values[3], Values[1], Values[4], Values[2], Values[5] }));
            Assert.That(file.Entries["turned"].Shape, Is.EqualTo(new long[] { 3, 2 }));
            Assert.That(file.Read("scalar"), Is.EqualTo(new[] { -1e4f }));
        });
    }
}
