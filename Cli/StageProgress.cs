namespace AnalogAttention.Cli;

/// <summary>Fractions of one stage, passed on under its name.</summary>
internal sealed class StageProgress(IProgress<(string Stage, double Fraction)> stages, string stage) : IProgress<double>
{
    public void Report(double value) => stages.Report((stage, value));
}
