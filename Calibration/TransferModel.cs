using System.Text.Json.Serialization;
using MathNet.Numerics.Interpolation;

namespace AnalogAttention.Calibration;

/// <summary>
/// I(V_store) of one cell: a <c>polynomial</c> sum_i c_i w^i with w = V_store - offset, or a <c>table</c> of points, between which a cubic keeps
/// what rises rising and what falls falling (Fritsch and Carlson, SIAM J. Numer. Anal. 17, 1980).
/// </summary>
/// <param name="Kind"><c>polynomial</c> or <c>table</c>.</param>
/// <param name="OffsetVolts">Zero-weight voltage, subtracted from V_store.</param>
/// <param name="CoefficientsAmperes">Of a polynomial: c_0, c_1 ... in A, A/V, A/V^2 ...</param>
public sealed record TransferModel(string Kind, double OffsetVolts, IReadOnlyList<double>? CoefficientsAmperes = null)
{
    public const string Polynomial = "polynomial", Table = "table";

    private CubicSpline? _curve;

    /// <summary>Of a table: ascending storage voltages that cover the storage range.</summary>
    public IReadOnlyList<double>? StoreVolts { get; init; }

    /// <summary>Of a table: the current at each of them.</summary>
    public IReadOnlyList<double>? CurrentsAmperes { get; init; }

    [JsonIgnore]
    public bool IsTable => Kind == Table;

    /// <summary>I(V_store) in amperes.</summary>
    public double Amperes(double storeVolts)
    {
        if (IsTable)
            return (_curve ??= CubicSpline.InterpolatePchipSorted([.. StoreVolts!], [.. CurrentsAmperes!])).Interpolate(storeVolts);
        double w = storeVolts - OffsetVolts, sum = 0;
        for (var i = CoefficientsAmperes!.Count - 1; i >= 0; i--)
            sum = sum * w + CoefficientsAmperes[i];
        return sum;
    }
}
