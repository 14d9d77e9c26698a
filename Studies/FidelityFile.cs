using System.Text.Json;
using System.Text.Json.Nodes;
using AnalogAttention.Inference.Evaluation;

namespace AnalogAttention.Studies;

/// <summary>Writes <c>fidelity.json</c>: no times, no paths, so that equal runs give equal bytes.</summary>
public static class FidelityFile
{
    public const string SchemaName = "analog-attention/fidelity/1";

    public static JsonSerializerOptions Options { get; } = new() { WriteIndented = true, NewLine = "\n" };

    /// <param name="cellSha256">Hash of the cell file's bytes.</param>
    /// <param name="textSha256">Hash of the text that was read.</param>
    public static string Format(FidelityResult result, string modelName, string cellSha256, string textSha256)
    {
        var file = new JsonObject
        {
            ["schema"] = SchemaName,
            ["model"] = modelName,
            ["cellSha256"] = cellSha256,
            ["textSha256"] = textSha256,
            ["variants"] = Variants(result.Variants),
        };
        return file.ToJsonString(Options) + "\n";
    }

    public static JsonObject Variants(IEnumerable<EvaluationResult> variants) =>
        new(variants.Select(v => KeyValuePair.Create<string, JsonNode?>(v.Name, Variant(v))));

    public static JsonObject LastWords(IEnumerable<LastWordResult> variants) =>
        new(variants.Select(v => KeyValuePair.Create<string, JsonNode?>(v.Name, new JsonObject { ["examples"] = v.Examples, ["accuracy"] = v.Accuracy, ["perplexity"] = v.Perplexity })));

    private static JsonObject Variant(EvaluationResult variant)
    {
        var json = new JsonObject { ["tokens"] = variant.Tokens, ["loss"] = variant.Loss, ["perplexity"] = variant.Perplexity };
        foreach (var comparison in variant.Comparisons)
        {
            var against = new JsonObject { ["top1Agreement"] = comparison.Top1Agreement, ["top5Agreement"] = comparison.Top5Agreement, ["klDivergence"] = comparison.KlDivergence };
            if (comparison.Reference != FidelityResult.SoftmaxName) // other weights: their attention outputs are not comparable
            {
                against["attentionErrorByLayer"] = new JsonArray([.. comparison.AttentionErrorByLayer.Select(e => JsonValue.Create(e))]);
                against["attentionErrorByHead"] = new JsonArray([.. comparison.AttentionErrorByHead.Select(layer => new JsonArray([.. layer.Select(e => JsonValue.Create(e))]))]);
            }
            json["against" + char.ToUpperInvariant(comparison.Reference[0]) + comparison.Reference[1..]] = against;
        }
        if (variant.Counts.StoredValues > 0)
            json["counts"] = new JsonObject
            {
                ["storedValues"] = variant.Counts.StoredValues,
                ["storedClamped"] = variant.Counts.StoredClamped,
                ["outsideValidity"] = variant.Counts.OutsideValidity,
                ["tiles"] = variant.Counts.Tiles,
                ["tilesSaturated"] = variant.Counts.TilesSaturated,
            };
        return json;
    }
}
