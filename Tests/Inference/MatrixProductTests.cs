using AnalogAttention.Inference.Tensors;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

public class MatrixProductTests
{
    /// <summary>Rows around the tiles of 12, 4 and 1 and the block of 120; columns around the panel of 32; depths around the block of 512.</summary>
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
    public void EveryPathGivesTheSameBitsAndTheRightProduct(int rows, int inner, int columns)
    {
        float[] x = Random(rows * inner, 1), w = Random(inner * columns, 2), bias = Random(columns, 3);
        PackedMatrix packed = PackedMatrix.FromRows(w, inner, columns);
        float[] scalar = new float[rows * columns], vector = new float[rows * columns], fastest = new float[rows * columns];
        MatrixProduct.Linear(x, rows, packed, bias, scalar, ProductPath.Scalar);
        MatrixProduct.Linear(x, rows, packed, bias, vector, ProductPath.Vector);
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
        Assert.That(PackedMatrix.FromColumns(transposed, 5, 70).Panels.ToArray(), Is.EqualTo(PackedMatrix.FromRows(w, 5, 70).Panels.ToArray()));
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

    [Test]
    public void AShapeThatDoesNotFitIsRefused() =>
        Assert.That(() => MatrixProduct.Linear(new float[3], 2, PackedMatrix.FromRows(new float[4], 2, 2), default, new float[4]), Throws.ArgumentException);

    private static float[] Random(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() * 2 - 1))];
    }
}
