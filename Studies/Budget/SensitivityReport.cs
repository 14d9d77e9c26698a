using System.Globalization;
using System.Text.Json.Nodes;
using AnalogAttention.Reports;
using static System.FormattableString;

namespace AnalogAttention.Studies.Budget;

/// <summary>Device sensitivities as a table, a figure and a file.</summary>
public static class SensitivityReport
{
    public const string SchemaName = "analog-attention/sensitivities/1";

    private const int Drawn = 25;

    public static ReportTable Table(IReadOnlyList<DeviceSensitivity> sensitivities)
    {
        DeviceSensitivity[] idle = [.. sensitivities.Where(s => s.IsIdle)];
        return new ReportTable("What each number of the library does to the loss, nats per token",
            [new("number"), new("is", Alignment: ColumnAlignment.Right), new("raised by", Alignment: ColumnAlignment.Right), new("change", Alignment: ColumnAlignment.Right), new("±", Alignment: ColumnAlignment.Right)],
            [
                .. sensitivities.Where(s => !s.IsIdle).Select(s => new TableRow([s.Name, Invariant($"{s.Nominal:g5}"), Step(s), s.Change is { } c ? Invariant($"{c.Nats:+0.0000;-0.0000;0.0000}") : s.Error!, s.Change is { } d ? d.HalfWidth.ToString("f4", CultureInfo.InvariantCulture) : ""])),
                .. idle.Length == 0 ? [] : new[] { new TableRow([Invariant($"{idle.Length} more"), "", "", "0: the cell stays as it is", ""]) },
            ]);
    }

    public static BarFigure Figure(IReadOnlyList<DeviceSensitivity> sensitivities)
    {
        DeviceSensitivity[] first = [.. sensitivities.Where(s => s.Change is not null).Take(Drawn)];
        return new BarFigure("What moves the language model", "Change of the loss when one number of the library is raised, thresholds by 10 mV and everything else by 5 %; whiskers are 95 % intervals over windows of text.",
            "number", [.. first.Select(s => Invariant($"{s.Name} +{Step(s)}"))], new Axis("change of loss, nats per token"),
            new BarSeries("change", [.. first.Select(s => s.Change!.Nats)]) { Intervals = [.. first.Select(s => (s.Change!.Low, s.Change.High))] });
    }

    public static Report Of(IReadOnlyList<DeviceSensitivity> sensitivities, string cell, string model, long tokens) => new("What each transistor does to the language model",
        Invariant($"{cell} under {model} GPT-2, {tokens:n0} tokens"),
        [new ReportSection("Device parameters", "Finite differences through the whole chain: the number is changed, the cell calibrated again, the model run on it; nothing is trained or adapted. One chip with mismatch, write noise and leak, the same random numbers throughout.",
            [Figure(sensitivities), Table(sensitivities)])]);

    public static string Format(IReadOnlyList<DeviceSensitivity> sensitivities) => new JsonObject
    {
        ["schema"] = SchemaName,
        ["numbers"] = new JsonArray([.. sensitivities.Select(s => new JsonObject
        {
            ["name"] = s.Name, ["nominal"] = s.Nominal, [s.IsVolts ? "raisedByVolts" : "raisedByPart"] = s.Step, ["nats"] = s.Change?.Nats ?? (s.IsIdle ? 0 : null), ["halfWidth95"] = s.Change?.HalfWidth, ["error"] = s.Error,
        })]),
    }.ToJsonString(FidelityFile.Options) + "\n";

    private static string Step(DeviceSensitivity s) => s.IsVolts ? Invariant($"{1e3 * s.Step:g3} mV") : Invariant($"{100 * s.Step:g3} %");
}
