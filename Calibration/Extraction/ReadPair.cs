using AnalogAttention.Calibration.Benches;
using AnalogAttention.Circuits;
using AnalogAttention.Simulation.Devices.Ekv;

namespace AnalogAttention.Calibration.Extraction;

/// <param name="Device"><c>read_n</c> or <c>read_p</c>.</param>
/// <param name="Name">Of the EKV 2.6 model card.</param>
/// <param name="IsLogarithmic">Whether the search runs over its logarithm.</param>
public sealed record ReadParameter(string Device, string Name, string Unit, double Low, double High, bool IsLogarithmic = false)
{
    internal double At(double coordinate) => IsLogarithmic ? Low * Math.Pow(High / Low, coordinate) : Low + (High - Low) * coordinate;

    internal double CoordinateOf(double value) => IsLogarithmic ? Math.Log(value / Low) / Math.Log(High / Low) : (value - Low) / (High - Low);
}

/// <summary>
/// The two read transistors of the product's cell, wired as in <c>gain-cell-transfer.cir</c>: sources on the read lines, drains on a
/// bitline at 0.45 V. Geometry and every parameter that is not searched are the library's.
/// </summary>
public sealed class ReadPair
{
    private const double SupplyVolts = 0.9, BitlineVolts = 0.45;

    /// <summary>What a table of one held bitline determines; of the NMOS, PHI and the critical field leave no trace in it.</summary>
    public static readonly IReadOnlyList<ReadParameter> Parameters =
    [
        new("read_n", "kp", "A/V2", 1e-6, 1e-2, true), new("read_n", "vto", "V", -0.2, 0.9), new("read_n", "gamma", "sqrt(V)", 0, 1.5),
        new("read_p", "kp", "A/V2", 1e-6, 1e-2, true), new("read_p", "vto", "V", -0.9, 0.2), new("read_p", "gamma", "sqrt(V)", 0, 1.5),
        new("read_p", "phi", "V", 0.4, 1.6), new("read_p", "ucrit", "V/m", 1e6, 1e9, true), new("read_p", "lambda", "", 0, 6),
    ];

    private readonly Mosfet _nmos, _pmos;
    private readonly ModelCard _nmosModel, _pmosModel;
    private readonly double _kelvin;

    public ReadPair()
    {
        var circuit = new CellDeck().Read(TransferBench.Deck);
        (_nmos, _pmos) = (Named("xcell.mn"), Named("xcell.mp"));
        (_nmosModel, _pmosModel) = (circuit.Models[_nmos.Model], circuit.Models[_pmos.Model]);
        _kelvin = circuit.TemperatureCelsius + 273.15;
        Start = [.. Parameters.Select(p => (p.Device == "read_n" ? _nmosModel : _pmosModel).Parameters[p.Name])];

        Mosfet Named(string name) => circuit.Elements.OfType<Mosfet>().Single(m => m.Name == name);
    }

    /// <summary>The library's values of <see cref="Parameters"/>.</summary>
    public IReadOnlyList<double> Start { get; }

    /// <summary>I_out = I_NMOS - I_PMOS in amperes at each point.</summary>
    /// <param name="values">Of <see cref="Parameters"/>.</param>
    public double[] Amperes(IReadOnlyList<double> values, IReadOnlyList<(double Store, double Input)> points)
    {
        EkvTransistor nmos = With("read_n", _nmosModel, _nmos, values), pmos = With("read_p", _pmosModel, _pmos, values);
        var state = new EkvState();
        var amperes = new double[points.Count];
        for (var i = 0; i < amperes.Length; i++)
        {
            var (store, input) = points[i];
            nmos.Evaluate(BitlineVolts, store, SupplyVolts - input, 0, ref state);
            amperes[i] = state.Id;
            pmos.Evaluate(BitlineVolts, store, input, SupplyVolts, ref state);
            amperes[i] += state.Id; // into the drain: -I_PMOS
        }
        return amperes;
    }

    private EkvTransistor With(string device, ModelCard model, Mosfet instance, IReadOnlyList<double> values)
    {
        var changed = model.Parameters.SetItems(Parameters.Select((p, i) => (p, i)).Where(x => x.p.Device == device).Select(x => KeyValuePair.Create(x.p.Name, values[x.i])));
        return EkvTransistor.Create(model with { Parameters = changed }, instance, _kelvin);
    }
}
