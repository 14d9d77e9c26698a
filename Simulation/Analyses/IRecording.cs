namespace AnalogAttention.Simulation.Analyses;

/// <summary>What an analysis has recorded so far.</summary>
public interface IRecording
{
    /// <summary>Points.</summary>
    int Count { get; }

    /// <summary>What is saved.</summary>
    WaveformSet ToWaveforms();

    /// <summary>What is saved and what the measures need.</summary>
    WaveformSet ToMeasured();

    /// <summary>Results of the whole analysis beside its points, each a set of one row.</summary>
    IReadOnlyList<WaveformSet> Totals => [];
}
