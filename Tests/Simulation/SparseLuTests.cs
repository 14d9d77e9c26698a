using AnalogAttention.Simulation.Solver;
using FsCheck;
using FsCheck.Fluent;

namespace AnalogAttention.Tests.Simulation;

public class SparseLuTests
{
    /// <summary>A random sparse matrix with a full diagonal pattern; every column carries one dominant entry somewhere, rows are scaled by 10^+-decades.</summary>
    private static (SparsePattern Pattern, double[] Values, double[] RowScale) RandomMatrix(Random random, int size, double decades)
    {
        var permutation = Enumerable.Range(0, size).ToArray();
        random.Shuffle(permutation);
        var entries = new Dictionary<(int Row, int Column), double>();
        for (var column = 0; column < size; column++)
        {
            for (var k = 0; k < 3; k++)
                entries[(random.Next(size), column)] = 2 * random.NextDouble() - 1;
            entries[(permutation[column], column)] = 4 + random.NextDouble();
        }
        var scale = Enumerable.Range(0, size).Select(_ => Math.Pow(10, decades * (2 * random.NextDouble() - 1))).ToArray();
        var stamps = new StampPattern();
        foreach (var (row, column) in entries.Keys)
            stamps.Entry(row + 1, column + 1);
        var pattern = stamps.Seal(size);
        var values = new double[pattern.SlotCount];
        foreach (var ((row, column), value) in entries)
            values[stamps.Entry(row + 1, column + 1)] = value * scale[row];
        return (pattern, values, scale);
    }

    /// <summary>Residual of the worst row by its own scale: max over rows of |b - A x| / (max |a| max |x| + |b|).</summary>
    private static double Residual(SparsePattern pattern, double[] values, double[] x, double[] b)
    {
        var residual = b.ToArray();
        var size = b.Select(Math.Abs).ToArray();
        var largest = x.Max(Math.Abs);
        for (var column = 0; column < pattern.Size; column++)
            for (var slot = pattern.ColumnStart[column]; slot < pattern.ColumnStart[column + 1]; slot++)
            {
                residual[pattern.Rows[slot]] -= values[slot] * x[column];
                size[pattern.Rows[slot]] = Math.Max(size[pattern.Rows[slot]], Math.Abs(values[slot] * largest));
            }
        return residual.Zip(size, (r, s) => s == 0 ? 0 : Math.Abs(r) / s).Max();
    }

    [Test]
    public void ResidualStaysAtRoundingWhateverTheRowScales()
    {
        var seeds = Gen.Choose(0, int.MaxValue - 1).ToArbitrary();
        Prop.ForAll(seeds, seed =>
        {
            var random = new Random(seed);
            var (pattern, values, scale) = RandomMatrix(random, 2 + random.Next(120), decades: random.Next(3) * 10);
            var lu = new SparseLu(pattern);
            lu.Factor(values);
            var b = scale.Select(s => s * (2 * random.NextDouble() - 1)).ToArray();
            var x = b.ToArray();
            lu.Solve(x);
            // growth of L is bounded by 20 per step; a few steps deep: 1e4 roundings
            return Residual(pattern, values, x, b) < 1e-12;
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void PivotsAreReusedForNewValuesAndChosenAgainWhenTheyDegrade()
    {
        var random = new Random(5);
        var (pattern, values, _) = RandomMatrix(random, 60, 0);
        var lu = new SparseLu(pattern);
        lu.Factor(values);
        for (var k = 0; k < values.Length; k++)
            values[k] *= 1 + 0.2 * random.NextDouble();
        var b = Enumerable.Range(0, 60).Select(_ => random.NextDouble()).ToArray();
        var x = b.ToArray();
        lu.Factor(values);
        lu.Solve(x);
        Assert.That(lu.Orderings, Is.EqualTo(1));
        Assert.That(Residual(pattern, values, x, b), Is.LessThan(1e-12));

        // [[1, 1], [1, 0]] by its diagonal, then the diagonal vanishes
        var stamps = new StampPattern();
        stamps.Entry(1, 2);
        stamps.Entry(2, 1);
        var small = stamps.Seal(2);
        double[] Fill(double a, double d)
        {
            var v = new double[small.SlotCount];
            v[stamps.Entry(1, 1)] = a;
            v[stamps.Entry(1, 2)] = v[stamps.Entry(2, 1)] = 1;
            v[stamps.Entry(2, 2)] = d;
            return v;
        }
        var two = new SparseLu(small);
        two.Factor(Fill(10, 10));
        two.Factor(Fill(1e-9, 1e-9));
        Assert.That(two.Orderings, Is.EqualTo(2));
        double[] y = [1, 2];
        two.Solve(y);
        Assert.That(y, Is.EqualTo((double[])[2, 1]).Within(1e-8));
    }

    [Test]
    public void AWeakNodeSurvivesBesideAStrongOne()
    {
        // store - 1e-20 S - line - 1 S - ground, 1e-21 A into the store: line 1e-21 V, store 0.1 V above
        var stamps = new StampPattern();
        stamps.Entry(1, 2);
        stamps.Entry(2, 1);
        var pattern = stamps.Seal(2);
        var values = new double[pattern.SlotCount];
        values[stamps.Entry(1, 1)] = 1e-20;
        values[stamps.Entry(1, 2)] = values[stamps.Entry(2, 1)] = -1e-20;
        values[stamps.Entry(2, 2)] = 1;
        var lu = new SparseLu(pattern);
        lu.Factor(values);
        double[] x = [1e-21, 0];
        lu.Solve(x);
        Assert.That(x[0], Is.EqualTo(0.1).Within(1e-15));
    }

    [Test]
    public void ASingularMatrixNamesTheColumn()
    {
        var stamps = new StampPattern();
        stamps.Entry(1, 3);
        var pattern = stamps.Seal(3);
        var values = new double[pattern.SlotCount];
        values[stamps.Entry(1, 1)] = values[stamps.Entry(3, 3)] = 1;
        Assert.That(() => new SparseLu(pattern).Factor(values), Throws.TypeOf<SingularMatrixException>().With.Property("Column").EqualTo(1));
    }

    [Test]
    public void AnArrowMatrixFillsNothing()
    {
        // a line with 200 private nodes: eliminating them first adds no entry
        const int size = 201;
        var stamps = new StampPattern();
        for (var k = 2; k <= size; k++)
        {
            stamps.Entry(1, k);
            stamps.Entry(k, 1);
        }
        var pattern = stamps.Seal(size);
        var values = new double[pattern.SlotCount];
        for (var k = 1; k <= size; k++)
        {
            values[stamps.Entry(k, k)] = k == 1 ? 300 : 2;
            if (k > 1)
                values[stamps.Entry(1, k)] = values[stamps.Entry(k, 1)] = -1;
        }
        var lu = new SparseLu(pattern);
        lu.Factor(values);
        Assert.That(lu.FactorEntries, Is.EqualTo(pattern.SlotCount - 1));
    }
}
