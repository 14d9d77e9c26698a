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
}
