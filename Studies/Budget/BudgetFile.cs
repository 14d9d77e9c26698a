using System.Text.Json.Nodes;

namespace AnalogAttention.Studies.Budget;

/// <summary>Writes <c>budget.json</c>: no times, no paths, so that equal runs give equal bytes.</summary>
public static class BudgetFile
{
    public const string SchemaName = "analog-attention/budget/1";

    /// <param name="cellSha256">Hash of the cell file's text.</param>
    /// <param name="textSha256">Hash of the text that was read.</param>
    public static string Format(BudgetResult result, string cellSha256, string textSha256, long seed) => new JsonObject
    {
        ["schema"] = SchemaName,
        ["model"] = result.ModelName,
        ["cellSha256"] = cellSha256,
        ["textSha256"] = textSha256,
        ["tokens"] = result.Softmax.Tokens,
        ["chips"] = result.Chips,
        ["seed"] = seed,
        ["softmaxLoss"] = result.Softmax.Loss,
        ["ladder"] = new JsonArray([.. result.Ladder.Select(s => new JsonObject
        {
            ["with"] = s.Name,
            ["loss"] = s.Loss,
            ["perplexity"] = Math.Exp(s.Loss),
            ["lossByChip"] = new JsonArray([.. s.Chips.Select(c => JsonValue.Create(c.Loss))]),
            ["top1Agreement"] = s.Top1Agreement,
            ["klDivergence"] = s.KlDivergence,
            ["attentionErrorByLayer"] = new JsonArray([.. s.AttentionErrorByLayer.Select(e => JsonValue.Create(e))]),
            ["attentionErrorByHead"] = new JsonArray([.. s.AttentionErrorByHead.Select(layer => new JsonArray([.. layer.Select(e => JsonValue.Create(e))]))]),
        })]),
        ["effects"] = new JsonArray([.. result.Effects.Select(e => new JsonObject { ["effect"] = e.Effect, ["added"] = Difference(e.Added), ["alone"] = Difference(e.Alone), ["leftOut"] = Difference(e.LeftOut) })]),
        ["interaction"] = result.Interaction,
        ["absent"] = new JsonArray([.. result.Absent.Select(e => JsonValue.Create(e))]),
        ["leftOut"] = new JsonArray([.. result.LeftOut.Select(e => JsonValue.Create(e))]),
    }.ToJsonString(FidelityFile.Options) + "\n";

    private static JsonObject Difference(LossDifference difference) => new() { ["nats"] = difference.Nats, ["halfWidth95"] = double.IsFinite(difference.HalfWidth) ? difference.HalfWidth : null };
}
