namespace AnalogAttention.Studies.Sweeps.Report;

/// <summary>The command that runs one point of a plan again, for a POSIX shell.</summary>
/// <param name="PlanPath">As it was given.</param>
public sealed record PointCommand(string PlanPath)
{
    public string For(int point) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"analog-attention sweep {Quoted(PlanPath)} --point {point}");

    private static string Quoted(string path) => path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-') ? path : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
