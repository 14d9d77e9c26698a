using AnalogAttention.Circuits;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;

namespace AnalogAttention.Calibration.Extraction;

/// <param name="Low">Lower end of the 95 % confidence interval; of a parameter that rests on its bound, that bound's value.</param>
/// <param name="High">Upper end.</param>
/// <param name="IsAtBound">The table pushes it against its bound and does not fix it.</param>
/// <param name="Partner">The parameter it is most correlated with, and that correlation.</param>
public sealed record ExtractedParameter(ReadParameter Parameter, double Value, double Low, double High, bool IsAtBound, (string Name, double Correlation) Partner)
{
    // a half-width beyond half of the value, or a shift that another parameter undoes to within one part in a hundred
    public bool IsFixed => !IsAtBound && High - Low < Math.Abs(Value) && Math.Abs(Partner.Correlation) < 0.995;
}

/// <param name="HeldOutRmsAmperes">On every other point, chequered, of a fit to the rest.</param>
/// <param name="Residuals">Model minus table of the fit to all points, amperes, row = read line voltage, column = storage voltage.</param>
/// <param name="StartsThatAgree">Starts that reached the least sum of squares to within 0.1 %.</param>
public sealed record ExtractionResult(
    IReadOnlyList<ExtractedParameter> Parameters, double RmsAmperes, double RSquared, double HeldOutRmsAmperes, double HeldOutMaxAmperes, double[,] Residuals, int Starts, int StartsThatAgree);

/// <summary>Measured table -> EKV parameters of the read transistors by bounded least squares from several starts.</summary>
/// <remarks>
/// The intervals are those of linearised least squares with independent errors of one size (covariance s^2 (J'J)^-1, Student's t); where the
/// model's own misfit exceeds the noise of the table, they tell how well the model is pinned down, not how true it is.
/// </remarks>
public static class DeviceExtraction
{
    private const double Nano = 1e9; // residuals in nanoamperes, so that squares stay near 1

    /// <param name="jobs">Starts at once; the result does not depend on it.</param>
    /// <param name="starts">The library's values, and points of a fixed sequence between the bounds.</param>
    /// <exception cref="BadInputException">Too few points, or currents that drive every parameter onto a bound.</exception>
    public static ExtractionResult Run(MeasuredTable table, int jobs = 1, int starts = 6, CancellationToken cancellation = default)
    {
        var parameters = ReadPair.Parameters;
        var transfer = table.Transfer;
        int columns = transfer.StoreVolts.Length, count = table.Points, half = (count + 1) / 2;
        if (half <= parameters.Count)
            throw new BadInputException($"{table.FileName}: {count} points cannot fix {parameters.Count} parameters with every other one held out; at least {2 * parameters.Count + 1} are needed");
        var pair = new ReadPair();
        (double Store, double Input)[] points = [.. Enumerable.Range(0, count).Select(i => (transfer.StoreVolts[i % columns], transfer.InputVolts[i / columns]))];
        double[] measured = [.. Enumerable.Range(0, count).Select(i => transfer.Amperes[i / columns, i % columns])];
        var even = Enumerable.Range(0, count).ToLookup(i => (i / columns + i % columns) % 2 == 0);

        double[] Values(double[] u) => [.. parameters.Select((p, i) => p.At(u[i]))];
        Func<double[], double[]> ResidualsOn(int[] chosen)
        {
            (double, double)[] at = [.. chosen.Select(i => points[i])];
            return u => [.. pair.Amperes(Values(u), at).Select((amperes, k) => (amperes - measured[chosen[k]]) * Nano)];
        }

        var all = ResidualsOn([.. Enumerable.Range(0, count)]);
        double[][] from = [.. Enumerable.Range(0, starts).Select(s => Start(pair, s))];
        var ends = new BoundedLeastSquares.Minimum[starts];
        Parallel.For(0, starts, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = cancellation }, s => ends[s] = BoundedLeastSquares.Descend(all, from[s]));
        var best = ends.MinBy(e => e.Squares)!;

        if (Free(best).Length == 0)
            throw new BadInputException($"{table.FileName}: no read transistors make these currents, every parameter ends on a bound: i_out is the current drawn from the bitline, positive at the highest v_store; are its sign and unit right?");

        // the chequered half starts where the library does and where the best start did: it has not seen the held-out points either
        var training = ResidualsOn([.. even[true]]);
        var trained = new[] { from[0], from[Array.IndexOf(ends, best)] }.Select(u => BoundedLeastSquares.Descend(training, u)).MinBy(e => e.Squares)!;
        double[] heldOut = ResidualsOn([.. even[false]])(trained.Coordinates);

        var rest = all(best.Coordinates);
        double mean = measured.Average(), total = measured.Sum(i => (i - mean) * (i - mean)) * Nano * Nano;
        var map = new double[transfer.InputVolts.Length, columns];
        for (var i = 0; i < count; i++)
            map[i / columns, i % columns] = rest[i] / Nano;
        return new ExtractionResult(
            Intervals(best, count), Math.Sqrt(best.Squares / count) / Nano, 1 - best.Squares / total,
            Math.Sqrt(heldOut.Average(r => r * r)) / Nano, heldOut.Max(Math.Abs) / Nano, map, starts, ends.Count(e => e.Squares <= 1.001 * best.Squares));
    }

    /// <summary>The library first; then an additive recurrence of the generalised golden ratio (M. Roberts, 2018) over the middle of the bounds.</summary>
    private static double[] Start(ReadPair pair, int index)
    {
        if (index == 0)
            return [.. ReadPair.Parameters.Select((p, i) => p.CoordinateOf(pair.Start[i]))];
        var ratio = 2.0;
        for (var i = 0; i < 60; i++)
            ratio = Math.Pow(1 + ratio, 1.0 / (ReadPair.Parameters.Count + 1)); // x^(d+1) = x + 1
        return [.. ReadPair.Parameters.Select((_, i) => 0.25 + 0.5 * ((0.5 + index * Math.Pow(ratio, -(i + 1))) % 1))];
    }

    /// <summary>Parameters off their bounds that move some current.</summary>
    private static int[] Free(BoundedLeastSquares.Minimum best) =>
        [.. Enumerable.Range(0, best.Coordinates.Length).Where(i => best.Coordinates[i] is > 1e-6 and < 1 - 1e-6 && best.Jacobian.Column(i).L2Norm() > 0)];

    private static ExtractedParameter[] Intervals(BoundedLeastSquares.Minimum best, int count)
    {
        var parameters = ReadPair.Parameters;
        double[] u = best.Coordinates;
        int[] free = Free(best);
        double variance = best.Squares / (count - free.Length), t = StudentT.InvCDF(0, 1, count - free.Length, 0.975);
        // (J'J)^-1 = R^-1 R^-T with columns of length one
        double[] norms = [.. free.Select(i => best.Jacobian.Column(i).L2Norm())];
        var inverseR = Matrix<double>.Build.DenseOfColumnVectors(free.Select((i, k) => best.Jacobian.Column(i) / norms[k])).QR(MathNet.Numerics.LinearAlgebra.Factorization.QRMethod.Thin).R.Inverse();
        var inverse = inverseR * inverseR.Transpose();
        return [.. parameters.Select((p, i) =>
        {
            var k = Array.IndexOf(free, i);
            if (k < 0)
                return new ExtractedParameter(p, p.At(u[i]), p.At(u[i]), p.At(u[i]), true, ("", 0));
            double sigma = Math.Sqrt(variance * inverse[k, k]) / norms[k];
            var partner = Enumerable.Range(0, free.Length).Where(j => j != k)
                .Select(j => (Name: $"{parameters[free[j]].Device} {parameters[free[j]].Name}", Correlation: inverse[k, j] / Math.Sqrt(inverse[k, k] * inverse[j, j])))
                .DefaultIfEmpty((Name: "", Correlation: 0.0))
                .MaxBy(c => Math.Abs(c.Correlation));
            return new ExtractedParameter(p, p.At(u[i]), p.At(u[i] - t * sigma), p.At(u[i] + t * sigma), false, partner);
        })];
    }
}
