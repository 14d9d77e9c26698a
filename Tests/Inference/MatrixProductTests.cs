using AnalogAttention.Inference.Tensors;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

public class MatrixProductTests
{
    /// <summary>Rows around the tiles of 12, 4 and 1 and the block of 240; columns around the panel of 32; depths around the block of 768.</summary>
    [TestCase(1, 1, 1)]
    [TestCase(1, 7, 33)]
    [TestCase(1, 64, 160)]
    [TestCase(1, 600, 130)]
    [TestCase(3, 5, 31)]
    [TestCase(4, 16, 32)]
    [TestCase(13, 512, 40)]
    [TestCase(17, 513, 96)]
    [TestCase(121, 40, 65)]
    [TestCase(133, 1100, 34)]
    [TestCase(241, 769, 65)]
    [TestCase(253, 768, 34)]
    public void EveryPathGivesTheSameBitsAndTheRightProduct(int rows, int inner, int columns)
    {
        float[] x = Random(rows * inner, 1), w = Random(inner * columns, 2), bias = Random(columns, 3);
        PackedMatrix packed = PackedMatrix.FromRows(w, inner, columns);
        float[] scalar = new float[rows * columns], vector = new float[rows * columns], fastest = new float[rows * columns];
        MatrixProduct.Linear(x, rows, packed, bias, scalar, path: ProductPath.Scalar);
        MatrixProduct.Linear(x, rows, packed, bias, vector, path: ProductPath.Vector);
        MatrixProduct.Linear(x, rows, packed, bias, fastest);
        Assert.Multiple(() =>
        {
            Assert.That(vector, Is.EqualTo(scalar));
            Assert.That(fastest, Is.EqualTo(scalar));
        });
        for (var r = 0; r < rows; r++)
            for (var n = 0; n < columns; n++)
            {
                double sum = bias[n], size = Math.Abs(bias[n]);
                for (var k = 0; k < inner; k++)
                {
                    sum += (double)x[r * inner + k] * w[k * columns + n];
                    size += Math.Abs((double)x[r * inner + k] * w[k * columns + n]);
                }
                // Each of `inner` roundings is at most 2^-24 of a partial sum that never exceeds `size`.
                Assert.That(scalar[r * columns + n], Is.EqualTo(sum).Within(size * inner / (1 << 24)), $"({r}, {n})");
            }
    }

    [Test]
    public void RowsAndColumnsLayoutsPackAlike()
    {
        float[] w = Random(5 * 70, 4), transposed = new float[5 * 70];
        for (var k = 0; k < 5; k++)
            for (var n = 0; n < 70; n++)
                transposed[n * 5 + k] = w[k * 70 + n];
        PackedMatrix rows = PackedMatrix.FromRows(w, 5, 70), columns = PackedMatrix.FromColumns(transposed, 5, 70);
        for (var k = 0; k < 5; k++)
            for (var n = 0; n < 70; n++)
                Assert.That((rows[k, n], columns[k, n]), Is.EqualTo((w[k * 70 + n], w[k * 70 + n])), $"({k}, {n})");
    }

    [Test]
    public void ARowAloneHasTheBitsItHasAmongOthers()
    {
        const int rows = 29, inner = 700, columns = 200;
        float[] x = Random(rows * inner, 5), together = new float[rows * columns], alone = new float[columns];
        PackedMatrix w = PackedMatrix.FromRows(Random(inner * columns, 6), inner, columns);
        MatrixProduct.Linear(x, rows, w, default, together);
        for (var r = 0; r < rows; r++)
        {
            MatrixProduct.Linear(x.AsSpan(r * inner, inner), 1, w, default, alone);
            Assert.That(alone, Is.EqualTo(together[(r * columns)..((r + 1) * columns)]), $"row {r}");
        }
    }

    [TestCase(1, 600, 130)]
    [TestCase(2, 33, 161)]
    [TestCase(133, 1100, 34)]
    public void HalfTheBitsGiveTheProductOfTheRoundedWeights(int rows, int inner, int columns)
    {
        float[] x = Random(rows * inner, 7), w = Random(inner * columns, 8);
        float[] rounded = [.. w.Select(v => BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(v) + 0x7FFF + ((BitConverter.SingleToUInt32Bits(v) >> 16) & 1)) & 0xFFFF0000))];
        PackedMatrix packed = PackedMatrix.FromRows(w, inner, columns, WeightFormat.BF16);
        Assert.That(packed[inner - 1, columns - 1], Is.EqualTo(rounded[^1]));
        float[] expected = new float[rows * columns], y = new float[rows * columns];
        MatrixProduct.Linear(x, rows, PackedMatrix.FromRows(rounded, inner, columns), default, expected);
        foreach (ProductPath path in new[] { ProductPath.Scalar, ProductPath.Vector, MatrixProduct.FastestPath })
        {
            Array.Clear(y);
            MatrixProduct.Linear(x, rows, packed, default, y, path: path);
            Assert.That(y, Is.EqualTo(expected), path.ToString());
        }
    }

    [Test]
    public void APowerOfThePanelsIsTheSameOnEveryPath([Range(1, MatrixProduct.LargestPower)] int power, [Values(1, 14)] int rows)
    {
        const int inner = 20, columns = 64;
        float[] a = Random(rows * inner, 12), panels = Random(inner * columns, 13), scalar = new float[rows * columns], y = new float[rows * columns];
        MatrixProduct.Multiply(a, inner, rows, panels, inner, inner, columns, default, 0, scalar, columns, power, ProductPath.Scalar);
        foreach (ProductPath path in new[] { ProductPath.Vector, MatrixProduct.FastestPath })
        {
            MatrixProduct.Multiply(a, inner, rows, panels, inner, inner, columns, default, 0, y, columns, power, path);
            Assert.That(y, Is.EqualTo(scalar), path.ToString());
        }
        for (var r = 0; r < rows; r++)
            for (var n = 0; n < columns; n++)
            {
                double sum = Enumerable.Range(0, inner).Sum(k => a[r * inner + k] * Math.Pow(panels[(n / 32 * inner + k) * 32 + n % 32], power));
                // at most 4 roundings of a power, one of the product, one of the sum, of terms below 1
                Assert.That(scalar[r * columns + n], Is.EqualTo(sum).Within(6.0 * inner * inner / (1 << 24)), $"({r}, {n})");
            }
    }

    [Test]
    public void AnyNumberOfThreadsGivesTheSameBits([Values(1, 2, 3, 7)] int threads, [Values(1, 50)] int rows)
    {
        const int inner = 700, columns = 333;
        float[] x = Random(rows * inner, 9), bias = Random(columns, 10), alone = new float[rows * columns], shared = new float[rows * columns];
        PackedMatrix w = PackedMatrix.FromRows(Random(inner * columns, 11), inner, columns);
        MatrixProduct.Linear(x, rows, w, bias, alone);
        using var team = new ThreadTeam(threads);
        for (var again = 0; again < 20; again++)
        {
            Array.Clear(shared);
            MatrixProduct.Linear(x, rows, w, bias, shared, team);
            Assert.That(shared, Is.EqualTo(alone));
        }
    }

    [Test]
    public void AShapeThatDoesNotFitIsRefused() =>
        Assert.That(() => MatrixProduct.Linear(new float[3], 2, PackedMatrix.FromRows(new float[4], 2, 2), default, new float[4]), Throws.ArgumentException);

    private static float[] Random(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
    }
}
