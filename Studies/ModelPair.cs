using AnalogAttention.Circuits;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Inference.Tensors;
using AnalogAttention.Inference.Tokenizer;

namespace AnalogAttention.Studies;

/// <summary>A model tuned for the gain cell and its softmax twin, with the tokenizer they share.</summary>
/// <param name="Softmax">Run with exact softmax attention.</param>
/// <param name="GainCell">Run with gain-cell attention.</param>
public sealed record ModelPair(string Name, Gpt2Model Softmax, Gpt2Model GainCell, BpeTokenizer Tokenizer)
{
    public static string EmbeddedFolder => Path.Combine(AppContext.BaseDirectory, "Models");

    /// <summary>Public-domain text that the embedded models have not been trained on.</summary>
    public static string SampleTextPath => Path.Combine(EmbeddedFolder, "sample.txt");

    public static ModelPair Embedded(WeightFormat format = WeightFormat.F32) => LoadPair(EmbeddedFolder, "embedded", format);

    /// <param name="folder">A folder with <c>softmax/</c> and <c>gain-cell/</c>, or one GPT-2 folder that serves as both.</param>
    /// <param name="format">Of the weights in memory.</param>
    /// <exception cref="BadInputException">The folder is missing or holds no model.</exception>
    public static ModelPair Load(string folder, WeightFormat format = WeightFormat.F32)
    {
        if (!Directory.Exists(folder))
            throw new BadInputException($"{folder}: there is no such model folder");
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        if (Directory.Exists(Path.Combine(folder, "gain-cell")))
            return LoadPair(folder, name, format);
        var model = Gpt2Model.Load(folder, format);
        return new ModelPair(name, model, model, BpeTokenizer.Load(folder));
    }

    private static ModelPair LoadPair(string folder, string name, WeightFormat format)
    {
        string softmax = Path.Combine(folder, "softmax"), gainCell = Path.Combine(folder, "gain-cell");
        return new ModelPair(name, Gpt2Model.Load(softmax, format), Gpt2Model.Load(gainCell, format), BpeTokenizer.Load(gainCell));
    }
}
