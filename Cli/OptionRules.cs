using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace AnalogAttention.Cli;

/// <summary>What the value of an option must satisfy. Only one that was given once is asked: a missing, repeated or unreadable one is the parser's to report.</summary>
internal static class OptionRules
{
    public static void MustLieWithin(this Option option, int least, int most = int.MaxValue) => option.Validators.Add(result =>
    {
        if (Given(result) is { } text && int.TryParse(text, CultureInfo.InvariantCulture, out var number) && (number < least || number > most))
            result.AddError($"{option.Name} must be {(most == int.MaxValue ? $"at least {least}" : $"{least} ... {most}")}");
    });

    public static void MustLieBetween(this Option option, double low, double high) => option.Validators.Add(result =>
    {
        if (Given(result) is { } text && double.TryParse(text, CultureInfo.InvariantCulture, out var number) && !(number > low && number < high))
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} must lie between {low} and {high}"));
    });

    /// <returns>The value as written; null where there is none, or more than one.</returns>
    public static string? Given(OptionResult? result) => result?.Tokens is [var only] ? only.Value : null;
}
