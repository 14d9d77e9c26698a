namespace AnalogAttention.Simulation.Devices.Ekv;

/// <summary>What the equations take from a transistor, resolved at its temperature. SI units; symbols of Bucher et al. 1998.</summary>
internal readonly record struct EkvCoefficients
{
    /// <summary>+1 nmos, -1 pmos.</summary>
    public double Sign { get; init; }

    /// <summary>Thermal voltage kT/q.</summary>
    public double Vt { get; init; }

    public double Gamma { get; init; }
    public double Phi { get; init; }

    /// <summary>KP W/L times the length, with the mobility at flat band.</summary>
    public double Beta { get; init; }

    /// <summary>VG' - VG.</summary>
    public double GateOffset { get; init; }

    public double Length { get; init; }
    public double LeastLength { get; init; }

    /// <summary>eps LETA / (COX L) and 3 eps WETA / (COX W), of GAMMA.</summary>
    public double ShortChannel { get; init; }

    /// <inheritdoc cref="ShortChannel"/>
    public double NarrowChannel { get; init; }

    public double Lambda { get; init; }

    /// <summary>LC, the length that the modulation of the channel is measured by.</summary>
    public double ModulationLength { get; init; }

    public double Ucrit { get; init; }

    /// <summary>COX / (E0 eps), 1/V.</summary>
    public double Mobility { get; init; }

    public double Eta { get; init; }

    /// <summary>COX W L Vt, coulombs per unit of normalised charge.</summary>
    public double OxideCharge { get; init; }

    public double OverlapGd { get; init; }
    public double OverlapGs { get; init; }
    public double OverlapGb { get; init; }

    public EkvTerms Terms =>
        (ShortChannel != 0 ? EkvTerms.ShortChannel : 0) | (NarrowChannel != 0 ? EkvTerms.NarrowChannel : 0) | (Lambda != 0 ? EkvTerms.LengthModulation : 0);

    /// <summary>The columns of <see cref="EkvColumn"/>, each followed by those of the transistors beside it.</summary>
    public void Write(Span<double> columns, int width)
    {
        columns[EkvColumn.Sign * width] = Sign;
        columns[EkvColumn.GateOffset * width] = GateOffset;
        columns[EkvColumn.Phi * width] = Phi;
        columns[EkvColumn.Gamma * width] = Gamma;
        columns[EkvColumn.HalfGamma * width] = 0.5 * Gamma;
        columns[EkvColumn.QuarterGammaSquared * width] = 0.25 * Gamma * Gamma;
        columns[EkvColumn.GammaPrime * width] = 0.5 * (Gamma + Math.Sqrt(Gamma * Gamma + 0.1 * Vt));
        columns[EkvColumn.ShortChannel * width] = ShortChannel;
        columns[EkvColumn.NarrowChannel * width] = NarrowChannel;
        columns[EkvColumn.Vt * width] = Vt;
        columns[EkvColumn.HalfVt * width] = 0.5 * Vt;
        columns[EkvColumn.TenthVt * width] = 0.1 * Vt;
        columns[EkvColumn.FourVt * width] = 4 * Vt;
        columns[EkvColumn.SixteenVtSquared * width] = 16 * Vt * Vt;
        columns[EkvColumn.OverVt * width] = 1 / Vt;
        columns[EkvColumn.HalfOverVt * width] = 0.5 / Vt;
        columns[EkvColumn.GammaOverVt * width] = Gamma / Vt;
        var vc = Ucrit * Length;
        columns[EkvColumn.Vc * width] = vc;
        columns[EkvColumn.VtOverVc * width] = Vt / vc;
        columns[EkvColumn.SaturationOffset * width] = Vt * (Math.Log(vc / (2 * Vt)) - 0.6);
        columns[EkvColumn.DeltaFloor * width] = 0.25 * Vt * Vt;
        columns[EkvColumn.DeltaSlope * width] = 16 * Vt * Lambda;
        columns[EkvColumn.Length * width] = Length;
        columns[EkvColumn.LeastLengthSquared * width] = LeastLength * LeastLength;
        columns[EkvColumn.Shortening * width] = Lambda * ModulationLength;
        columns[EkvColumn.OverModulationVolts * width] = 1 / (ModulationLength * Ucrit);
        columns[EkvColumn.OverUcrit * width] = 1 / Ucrit;
        columns[EkvColumn.MobilityVt * width] = Mobility * Vt;
        columns[EkvColumn.Eta * width] = Eta;
        columns[EkvColumn.CurrentFactor * width] = 2 * Vt * Vt * Beta;
        columns[EkvColumn.OxideCharge * width] = OxideCharge;
        columns[EkvColumn.OverlapGd * width] = OverlapGd;
        columns[EkvColumn.OverlapGs * width] = OverlapGs;
        columns[EkvColumn.OverlapGb * width] = OverlapGb;
    }
}

/// <summary>Effects that some transistor of a bank has; the others may be left out.</summary>
[Flags]
internal enum EkvTerms
{
    /// <summary>LETA.</summary>
    ShortChannel = 1,

    /// <summary>WETA.</summary>
    NarrowChannel = 2,

    /// <summary>LAMBDA.</summary>
    LengthModulation = 4,
}

/// <summary>Columns of a block of transistors as the equations take them: numbers that do not depend on voltages.</summary>
internal static class EkvColumn
{
    public const int Sign = 0, GateOffset = 1, Phi = 2, Gamma = 3, HalfGamma = 4, QuarterGammaSquared = 5, GammaPrime = 6, ShortChannel = 7, NarrowChannel = 8,
        Vt = 9, HalfVt = 10, TenthVt = 11, FourVt = 12, SixteenVtSquared = 13, OverVt = 14, HalfOverVt = 15, GammaOverVt = 16,
        Vc = 17, VtOverVc = 18, SaturationOffset = 19, DeltaFloor = 20, DeltaSlope = 21,
        Length = 22, LeastLengthSquared = 23, Shortening = 24, OverModulationVolts = 25, OverUcrit = 26, MobilityVt = 27, Eta = 28, CurrentFactor = 29,
        OxideCharge = 30, OverlapGd = 31, OverlapGs = 32, OverlapGb = 33;

    public const int Count = 34;
}
