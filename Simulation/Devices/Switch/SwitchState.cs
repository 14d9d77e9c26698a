using AnalogAttention.Circuits;

namespace AnalogAttention.Simulation.Devices;

/// <summary>
/// Whether a switch conducts, after ngspice: above threshold + |hysteresis| it is on, below threshold - |hysteresis| off. Between the
/// two a positive hysteresis keeps what it was; a negative one turns it over once, on entering.
/// </summary>
internal struct SwitchState(double threshold, double hysteresis, double onSiemens, double offSiemens, bool startsOn)
{
    private enum Conduction { Off, On, BetweenOff, BetweenOn }

    private Conduction _now = startsOn ? Conduction.BetweenOn : Conduction.BetweenOff;
    private Conduction _before = startsOn ? Conduction.BetweenOn : Conduction.BetweenOff;

    private Conduction _earlier;
    private int _turns;

    public readonly double Siemens => _now is Conduction.On or Conduction.BetweenOn ? onSiemens : offSiemens;

    /// <exception cref="BadInputException">A resistance is not positive.</exception>
    public static SwitchState From(ModelCard model, string threshold, string hysteresis, double gmin, bool startsOn, double parallel)
    {
        double on = model.Parameters.GetValueOrDefault("ron", 1), off = model.Parameters.GetValueOrDefault("roff", gmin > 0 ? 1 / gmin : 1e12);
        if (!(on > 0 && off > 0))
            throw new BadInputException($"{model.Span}: model {model.Name}: ron and roff must be positive");
        return new SwitchState(model.Parameters.GetValueOrDefault(threshold), model.Parameters.GetValueOrDefault(hysteresis), parallel / on, parallel / off, startsOn);
    }

    public void Restart() => (_now, _before, _turns) = startsOn ? (Conduction.BetweenOn, Conduction.BetweenOn, 0) : (Conduction.BetweenOff, Conduction.BetweenOff, 0);

    /// <summary>Takes the control of a Newton iteration; false when that turns the switch.</summary>
    public bool Follow(double control)
    {
        var last = Siemens;
        var half = Math.Abs(hysteresis);
        if (control > threshold + half)
            _now = Conduction.On;
        else if (control < threshold - half)
            _now = Conduction.Off;
        else if (hysteresis > 0 && _turns >= 3)
        {
            // it turns itself back, as in a relaxation oscillator: the control is past the threshold only while it is off (or on)
        }
        else if (hysteresis >= 0 || _before is Conduction.BetweenOff or Conduction.BetweenOn)
            _now = _before;
        else
            _now = _before == Conduction.On ? Conduction.BetweenOff : Conduction.BetweenOn;
        if (last == Siemens)
            return true;
        _turns++;
        return false;
    }

    public void Retract()
    {
        _before = _earlier;
        Recall();
    }

    public void Recall() => (_now, _turns) = (_before, 0);

    /// <summary>Makes the state of the solved point the past; true when the switch turned.</summary>
    public bool Commit()
    {
        var last = _before is Conduction.On or Conduction.BetweenOn;
        _earlier = _before;
        _before = _now;
        _turns = 0;
        return last != _now is Conduction.On or Conduction.BetweenOn;
    }

    /// <summary>The part of the last change that the control may change next: three quarters of the way to where the switch turns, and a little beyond.</summary>
    public readonly double StepFactor(double control, double lastControl)
    {
        var change = control - lastControl;
        var half = Math.Abs(hysteresis);
        var rising = _now is Conduction.Off or Conduction.BetweenOff;
        var way = (rising ? threshold + (hysteresis < 0 ? -half : half) : threshold - (hysteresis < 0 ? -half : half)) - control;
        if (change == 0 || way * change <= 0 || rising != change > 0)
            return double.PositiveInfinity;
        var least = 1e-4 * Math.Max(Math.Abs(threshold), half) + 1e-6 * Math.Abs(control) + 1e-15;
        return (0.75 * Math.Abs(way) + least) / Math.Abs(change);
    }
}
