using AnalogAttention.Calibration;
using AnalogAttention.Circuits;
using MathNet.Numerics.Interpolation;

namespace AnalogAttention.Inference.Attention;

/// <summary>One written cell.</summary>
/// <param name="Volts">Just after the write.</param>
/// <param name="Curvature">uA/V^2.</param>
/// <param name="Microamperes">Slow noise current, as of a cell that conducts in full.</param>
internal readonly record struct PhysicalCell(double Volts, double Gain, double OffsetVolts, double Curvature, double Microamperes);

/// <summary>
/// What makes physical cells differ from the nominal one and a stored value from its level: I'(V) = (1 + g) I(V - o) + k (V - offset)^2 + i, V the level with the
/// noise of its write, or that of a cell that is stuck, and after its true leak.
/// </summary>
internal sealed class PhysicalCells
{
    private readonly Func<double, double> _microamperes;     // of the nominal cell, by stored volts
    private readonly StorageModel _storage;
    private readonly double _offsetVolts;
    private readonly CellMismatch? _mismatch;
    private readonly DefectModel? _defects;
    private readonly CounterRandom _stuck, _writes, _flicker;
    private readonly double _writeVolts;
    private readonly double[]? _flickerMicroamperes;          // by level
    private readonly LinearSpline? _drift, _bend;             // V/s and V/s^2 by stored volts
    private readonly double _tokenSeconds;

    private PhysicalCells(CellModel cell, GainCellOptions options, Func<double, double> microamperes, int layers, long sequence)
    {
        _microamperes = microamperes;
        _storage = cell.Storage;
        _offsetVolts = cell.Transfer.OffsetVolts;
        BadInputException Lacks(string what) => new($"cell '{cell.Name}' states no {what}");
        if (options.Mismatch)
            _mismatch = new CellMismatch(cell.Mismatch ?? throw Lacks("mismatch"), options.Seed);
        if (options.StuckCells)
            _defects = cell.Defects ?? throw Lacks("defects");
        if (options.WriteNoise)
            _writeVolts = cell.Noise?.KtcVolts ?? throw Lacks("noise of a write (noise.ktcVolts)");
        if (options.FlickerNoise)
        {
            if (cell.Noise is not { FlickerAmperesPerRootHertz: { } densities } noise)
                throw Lacks("flicker noise");
            double seconds = cell.Input.PulseSeconds;
            _flickerMicroamperes = [.. densities.Select(d => 1e6 * Math.Sqrt(GatedNoise.FlickerVariance(d, noise.FlickerExponent, noise.FlickerLowHertz, seconds)) / seconds)];
        }
        if (options.Leak)
        {
            var drift = cell.Retention?.Drift ?? throw Lacks("drift of its levels (retention.drift)");
            double[] volts = [.. Enumerable.Range(0, _storage.Levels).Select(_storage.LevelVolts)];
            _drift = LinearSpline.InterpolateSorted(volts, [.. drift.VoltsPerSecond]);
            _bend = LinearSpline.InterpolateSorted(volts, [.. drift.VoltsPerSecondSquared]);
            _tokenSeconds = layers * cell.Retention.TokenSeconds;
        }
        _stuck = CounterRandom.Of(options.Seed, RandomStream.StuckCells);
        _writes = CounterRandom.Of(options.Seed, RandomStream.WriteNoise, sequence);
        _flicker = CounterRandom.Of(options.Seed, RandomStream.FlickerNoise, sequence);
    }

    /// <summary>Null where every cell is the nominal one and holds its level.</summary>
    /// <param name="microamperes">I(V_store) of the nominal cell.</param>
    /// <param name="sequence">Which one is read: noise differs from sequence to sequence, cells do not.</param>
    /// <exception cref="BadInputException">The cell model does not state what an option asks for.</exception>
    public static PhysicalCells? Of(CellModel cell, GainCellOptions options, Func<double, double> microamperes, int layers, long sequence) =>
        options.Mismatch || options.StuckCells || options.WriteNoise || options.FlickerNoise || options.Leak ? new PhysicalCells(cell, options, microamperes, layers, sequence) : null;

    /// <summary>Whether stored values move as they age.</summary>
    public bool Leaks => _drift is not null;

    /// <param name="level">What is written, volts.</param>
    /// <param name="position">Token of the sequence.</param>
    public PhysicalCell Written(double level, in CellRow row, int position, int column)
    {
        double volts = level, current = 0;
        if (_writeVolts > 0)
            volts += _writeVolts * _writes.Normal(column, (uint)position, row.Plane, (uint)row.Head);
        if (_defects is not null)
        {
            double u = _stuck.Uniform((uint)column, (uint)row.Row, row.Plane, (uint)row.Head);
            volts = u < _defects.StuckLowShare ? _storage.MinVolts : u > 1 - _defects.StuckHighShare ? _storage.MaxVolts : volts;
        }
        if (_flickerMicroamperes is not null)
            current = Between(_flickerMicroamperes, volts) * _flicker.Normal(column, (uint)position, row.Plane, (uint)row.Head);
        var (gain, offset, curvature) = _mismatch?.At(row, column) ?? default;
        return new PhysicalCell(volts, gain, offset, curvature, current);
    }

    /// <summary>Stored volts after so many tokens.</summary>
    public double Aged(double volts, double tokens)
    {
        if (_drift is null)
            return volts;
        double seconds = tokens * _tokenSeconds, from = Math.Clamp(volts, _storage.MinVolts, _storage.MaxVolts);
        return volts + seconds * (_drift.Interpolate(from) + seconds * _bend!.Interpolate(from));
    }

    /// <summary>Read current of a cell that holds these volts, in uA.</summary>
    public double Microamperes(in PhysicalCell cell, double volts)
    {
        double w = volts - _offsetVolts;
        return (1 + cell.Gain) * _microamperes(volts - cell.OffsetVolts) + cell.Curvature * w * w + cell.Microamperes;
    }

    /// <summary>Coefficients of <see cref="Microamperes"/> in powers of w = V - offset, uA/V^i.</summary>
    /// <param name="nominal">c_0, c_1 ... of I.</param>
    /// <param name="own">At least three, and as many as <paramref name="nominal"/>.</param>
    public static void Coefficients(ReadOnlySpan<double> nominal, in PhysicalCell cell, Span<double> own)
    {
        own.Clear();
        nominal.CopyTo(own);
        // I(w - o) by repeated synthetic division
        for (var i = 0; i < nominal.Length; i++)
            for (int m = nominal.Length - 2; m >= i; m--)
                own[m] -= cell.OffsetVolts * own[m + 1];
        for (var i = 0; i < nominal.Length; i++)
            own[i] *= 1 + cell.Gain;
        own[2] += cell.Curvature;
        own[0] += cell.Microamperes;
    }

    /// <summary>Linear between levels.</summary>
    private double Between(double[] byLevel, double volts)
    {
        double at = Math.Clamp((volts - _storage.MinVolts) / _storage.StepVolts, 0, byLevel.Length - 1);
        int below = Math.Min((int)at, byLevel.Length - 2);
        return byLevel[below] + (at - below) * (byLevel[below + 1] - byLevel[below]);
    }
}
