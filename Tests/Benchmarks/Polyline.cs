using System.Text;
using AnalogAttention.Circuits.Language;

namespace AnalogAttention.Benchmarks;

/// <summary>A recorded waveform as a PWL source with few corners.</summary>
internal static class Polyline
{
    /// <summary>
    /// Corners among the points such that no point lies farther than the tolerance from the line (swinging door: from the last corner the
    /// cone that all points since leave open; where it closes, the point before is a corner).
    /// </summary>
    public static string Pwl(double[] seconds, double[] values, double tolerance, double factor = 1)
    {
        var text = new StringBuilder("pwl(");
        var corner = 0;
        Append(0);
        double low = double.NegativeInfinity, high = double.PositiveInfinity;
        for (var k = 1; k < seconds.Length; k++)
        {
            var slope = (values[k] - values[corner]) / (seconds[k] - seconds[corner]);
            if (slope < low || slope > high)
            {
                corner = k - 1;
                Append(corner);
                (low, high) = (double.NegativeInfinity, double.PositiveInfinity);
            }
            var run = seconds[k] - seconds[corner];
            low = Math.Max(low, (values[k] - tolerance - values[corner]) / run);
            high = Math.Min(high, (values[k] + tolerance - values[corner]) / run);
        }
        Append(seconds.Length - 1);
        return text.Append(')').ToString();

        void Append(int k) => text.Append(k == 0 ? "" : " ").Append(SpiceNumber.Format(seconds[k])).Append(' ').Append(SpiceNumber.Format(factor * values[k]));
    }
}
