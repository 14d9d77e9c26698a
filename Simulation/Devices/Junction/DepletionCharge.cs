namespace AnalogAttention.Simulation.Devices.Junction;

/// <summary>
/// Charge of a depleted pn junction, C(v) = C0 (1 - v/V0)^-m up to v = FC V0 and the tangent from there on (Nagel, SPICE2,
/// ERL-M520, 1975, appendix 4). Farads, volts, coulombs.
/// </summary>
internal readonly struct DepletionCharge(double farads, double builtInVolts, double grading, double forwardCoefficient)
{
    private readonly double _knee = forwardCoefficient * builtInVolts;
    private readonly double _kneeCharge = builtInVolts * (1 - Math.Pow(1 - forwardCoefficient, 1 - grading)) / (1 - grading);
    private readonly double _steepness = Math.Pow(1 - forwardCoefficient, -1 - grading);
    private readonly double _offset = 1 - forwardCoefficient * (1 + grading);

    public (double Coulombs, double Farads) At(double volts)
    {
        if (farads == 0)
            return (0, 0);
        if (volts < _knee)
        {
            var rest = 1 - volts / builtInVolts;
            var slope = Math.Pow(rest, -grading);
            return (farads * builtInVolts * (1 - rest * slope) / (1 - grading), farads * slope);
        }
        var charge = _kneeCharge + _steepness * (_offset * (volts - _knee) + grading / (2 * builtInVolts) * (volts * volts - _knee * _knee));
        return (farads * charge, farads * _steepness * (_offset + grading * volts / builtInVolts));
    }

    public bool Exists => farads != 0;

    /// <summary>Whether the exponent m is 1/2, or there is no charge.</summary>
    public bool IsRoot => farads == 0 || grading == 0.5;

    /// <summary>The columns of <see cref="DepletionColumn"/> from <paramref name="first"/> on; without capacitance those of another junction, times 0.</summary>
    public void Write(Span<double> columns, int width, int first)
    {
        var (volts, m, knee, steepness, offset) = farads == 0 ? (1, 0.5, 0.5, 1, 1) : (builtInVolts, grading, _knee, _steepness, _offset);
        columns[(first + DepletionColumn.Farads) * width] = farads;
        columns[(first + DepletionColumn.OverVolts) * width] = 1 / volts;
        columns[(first + DepletionColumn.Coulombs) * width] = farads * volts / (1 - m);
        columns[(first + DepletionColumn.Grading) * width] = m;
        columns[(first + DepletionColumn.Knee) * width] = knee;
        columns[(first + DepletionColumn.Steepness) * width] = farads * steepness;
        columns[(first + DepletionColumn.Offset) * width] = offset;
        columns[(first + DepletionColumn.GradingOverVolts) * width] = m / volts;
    }
}

/// <summary>Columns of a depletion charge in a block of transistors.</summary>
internal static class DepletionColumn
{
    /// <summary>C0, 1/V0, C0 V0/(1 - m), m.</summary>
    public const int Farads = 0, OverVolts = 1, Coulombs = 2, Grading = 3;

    /// <summary>FC V0; the tangent C0 (1 - FC)^(-1 - m) (offset + v m/V0).</summary>
    public const int Knee = 4, Steepness = 5, Offset = 6, GradingOverVolts = 7;

    public const int Count = 8;
}
