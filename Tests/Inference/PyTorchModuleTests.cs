using AnalogAttention.Calibration;
using AnalogAttention.Calibration.Export;
using AnalogAttention.Inference.Arrays;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Reference;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

/// <summary>The exported module against our engine, in double precision.</summary>
public class PyTorchModuleTests
{
    private const int Heads = 2, Size = 8, Tokens = 150;

    private static CellModel Table()
    {
        var published = PublishedCell.Load();
        double[] volts = [.. Enumerable.Range(0, 13).Select(i => 0.9 * i / 12)];
        return published with
        {
            Name = "a \"table\"",
            Retention = null,
            Transfer = new TransferModel(TransferModel.Table, 0.45) { StoreVolts = volts, CurrentsAmperes = [.. volts.Select(v => 1e-5 * Math.Tanh(4 * (v - 0.42)))] },
        };
    }

    private static CellModel Quintic() => PublishedCell.Load() with
    {
        Name = "quintic",
        Transfer = new TransferModel(TransferModel.Polynomial, 0.44, [5e-7, 1.1e-5, -7e-7, 6.9e-5, 0, -1.1e-4]),
        Storage = new StorageModel(0.05, 0.85, 12),
        Readout = new ReadoutModel(1e-13, 6e-14, 16),
    };

    public static IEnumerable<TestCaseData> Cases()
    {
        yield return new TestCaseData(PublishedCell.Load(), "decay=0.0", new GainCellOptions { DecayPerToken = 0 }).SetArgDisplayNames("published, no decay");
        yield return new TestCaseData(PublishedCell.Load(), "layers=3", new GainCellOptions()).SetArgDisplayNames("published, its own decay");
        yield return new TestCaseData(Quintic(), "decay=0.003, window=100", new GainCellOptions { DecayPerToken = 0.003, Window = 100 }).SetArgDisplayNames("quintic, decay, window");
        yield return new TestCaseData(Quintic(), "decay=0.003, quantize_inputs=False, quantize_outputs=False",
            new GainCellOptions { DecayPerToken = 0.003, QuantizeInput = false, QuantizeStorage = false, QuantizeOutput = false }).SetArgDisplayNames("quintic, not quantized");
        yield return new TestCaseData(Quintic(), "decay=0.003, linear=True", new GainCellOptions { DecayPerToken = 0.003, Nonlinear = false }).SetArgDisplayNames("linear surrogate");
        yield return new TestCaseData(Table(), "window=64", new GainCellOptions { Window = 64 }).SetArgDisplayNames("table");
    }

    [TestCaseSource(nameof(Cases))]
    public void TheModuleGivesTheNumbersOfTheEngine(CellModel cell, string arguments, GainCellOptions options)
    {
        using var folder = new TemporaryFolder();
        var python = PythonProgram.WithTorch(folder);
        folder.Write(PyTorchModule.FileName, PyTorchModule.Format(cell));
        const int width = Heads * Size;
        var random = new Random(4);
        double[] qkv = [.. Enumerable.Range(0, Tokens * 3 * width).Select(i => i % (3 * width) < width ? 1.6 * random.NextDouble() - 0.3 : 1.2 * random.NextDouble() - 0.6)];
        Scaler Draw(double a, double b) => new([.. Enumerable.Range(0, Heads).Select(h => a + 0.1 * h)], [.. Enumerable.Range(0, Heads).Select(h => b - 0.02 * h)]);
        var scalers = new LayerScalers(Draw(0.9, 0.05), Draw(0.8, 0.45), Draw(0.7, 0.44), Draw(1.5, 0.1));
        NpyFile.Write(folder.File("qkv.npy"), new NdArray([Tokens, 3 * width], qkv));
        NpyFile.Write(folder.File("scalers.npy"), new NdArray([8, Heads], [.. new[] { scalers.Query, scalers.Key, scalers.Value, scalers.Output }.SelectMany(s => s.A.Concat(s.B))]));

        string program = $"""
            import numpy, torch
            from gain_cell import GainCellAttention
            qkv = torch.from_numpy(numpy.load("qkv.npy")).double()
            attention = GainCellAttention({Heads}, {arguments}).double()
            scalers = [attention.q_scaler, attention.k_scaler, attention.v_scaler, attention.output_scaler]
            with torch.no_grad():
                for scaler, (a, b) in zip(scalers, torch.from_numpy(numpy.load("scalers.npy")).double().reshape(4, 2, {Heads})):
                    scaler.a.copy_(a.reshape(1, -1, 1, 1)), scaler.b.copy_(b.reshape(1, -1, 1, 1))
            q, k, v = (x.reshape(1, {Tokens}, {Heads}, {Size}).transpose(1, 2) for x in qkv.split({width}, dim=1))
            y = attention(q, k, v)
            numpy.save("y.npy", y.transpose(1, 2).reshape({Tokens}, {width}).detach().numpy())
            (y * torch.linspace(-1, 1, y.numel(), dtype=y.dtype).reshape(y.shape)).sum().backward()
            for name, p in attention.named_parameters():
                assert p.grad is not None and torch.isfinite(p.grad).all() and (p.grad != 0).any(), name
            """;
        Assert.That(python.Run(folder, "compare.py", program), Is.Empty);

        var expected = new double[Tokens * width];
        int layers = arguments.Contains("layers=3") ? 3 : 1;
        var geometry = new AttentionGeometry(layers, Heads, Size, options.Window ?? Tokens, [.. Enumerable.Repeat(scalers, layers)]);
        new ReferenceGainCell(cell, options).Attend(geometry, 0, qkv, Tokens, expected);
        // double precision in another order; scalers are single-precision numbers made double on neither side
        Assert.That(NpyFile.Read(folder.File("y.npy")).Values, Is.EqualTo(expected).Within(1e-9));
        Assert.That(expected.Max() - expected.Min(), Is.GreaterThan(0.1), "something is compared");
    }

    private static CellModel Spread(CellModel cell) => cell with { Mismatch = new MismatchModel(0.05, 0.008, 2e-6, [[1, -0.3, 0.2], [-0.3, 1, 0.4], [0.2, 0.4, 1]]) };

    public static IEnumerable<TestCaseData> SpreadCases()
    {
        yield return new TestCaseData(Spread(Quintic()), 0.0).SetArgDisplayNames("quintic");
        yield return new TestCaseData(Spread(Quintic()), 0.003).SetArgDisplayNames("quintic, decay");
        yield return new TestCaseData(Spread(Table()), 0.0).SetArgDisplayNames("table");
    }

    [TestCaseSource(nameof(SpreadCases))]
    public void PhysicalCellsOfTheirOwnGiveTheNumbersOfTheEngine(CellModel cell, double decay)
    {
        using var folder = new TemporaryFolder();
        var python = PythonProgram.WithTorch(folder);
        folder.Write(PyTorchModule.FileName, PyTorchModule.Format(cell));
        var random = new Random(5);
        double[] Uniform(double low, double high) => [.. Enumerable.Range(0, Tokens * Size).Select(_ => low + (high - low) * random.NextDouble())];
        double[] q = Uniform(0, 1), k = Uniform(0.1, 0.8), v = Uniform(0.1, 0.8);
        var drawn = new CellMismatch(cell.Mismatch!, 7);
        double[] Cells(int array)
        {
            var all = new double[3 * Tokens * Size];
            for (var i = 0; i < Tokens * Size; i++)
                (all[i], all[Tokens * Size + i], all[2 * Tokens * Size + i]) = drawn.At(CellRow.Of(0, 0, array, i / Size, Tokens), i % Size);
            return all;
        }
        NpzFile.Write(folder.File("arrays.npz"), ("q", new NdArray([Tokens, Size], q)), ("k", new NdArray([Tokens, Size], k)), ("v", new NdArray([Tokens, Size], v)),
            ("keys", new NdArray([3, Tokens, Size], Cells(0))), ("values", new NdArray([3, Tokens, Size], Cells(1))));
        Assert.That(python.Run(folder, "compare.py", FormattableString.Invariant($"""
            import numpy, torch, gain_cell
            q, k, v, keys, values = (torch.from_numpy(numpy.load("arrays.npz")[name]).double() for name in ("q", "k", "v", "keys", "values"))
            numpy.save("y.npy", gain_cell.attend(q, k, v, decay={decay:R}, key_cells=keys, value_cells=values).numpy())
            """)), Is.Empty);
        double[] expected = new ReferenceGainCell(cell, new GainCellOptions { DecayPerToken = decay, Mismatch = true, Seed = 7 }).Attend(q, k, v, Tokens, Size).Output;
        double[] alike = new ReferenceGainCell(cell, new GainCellOptions { DecayPerToken = decay }).Attend(q, k, v, Tokens, Size).Output;
        Assert.That(NpyFile.Read(folder.File("y.npy")).Values, Is.EqualTo(expected).Within(1e-9));
        Assert.That(expected.Zip(alike, (a, b) => Math.Abs(a - b)).Max(), Is.GreaterThan(0.05), "cells differ");
    }

    [Test]
    public void DrawnCellsHaveTheSpreadOfTheCellFile()
    {
        using var folder = new TemporaryFolder();
        var python = PythonProgram.WithTorch(folder);
        var cell = Spread(Quintic()) with { Noise = new NoiseModel([.. Enumerable.Repeat(1e-12, 12)], 1) { KtcVolts = 7e-4 } };
        folder.Write(PyTorchModule.FileName, PyTorchModule.Format(cell));
        folder.Write("alike.py", PyTorchModule.Format(Quintic()));
        // a million draws: sigma and correlation are known to 0.1 %, five of these are allowed
        Assert.That(python.Run(folder, "draw.py", """
            import torch, alike, gain_cell
            cells = gain_cell.draw_cells(1000, 1000, generator=torch.Generator().manual_seed(1), dtype=torch.double).flatten(1)
            std = cells.std(1)
            assert torch.allclose(std, torch.tensor([0.05, 0.008, 2.0], dtype=torch.double), rtol=5e-3), std
            r = torch.corrcoef(cells)
            assert torch.allclose(r[0, 1:], torch.tensor([-0.3, 0.2], dtype=torch.double), atol=5e-3) and abs(r[1, 2] - 0.4) < 5e-3, r
            x = torch.full((1, 1, 64, 8), 0.5, dtype=torch.double)
            torch.manual_seed(1)
            quiet, noisy = (gain_cell.attend(x, x, x, quantize_outputs=False, write_noise=on) for on in (False, True))
            assert (quiet != noisy).any() and torch.allclose(quiet, noisy, rtol=0.05)
            assert gain_cell.KTC_VOLTS == 7e-4 and alike.KTC_VOLTS == 0
            try:
                alike.draw_cells(1)
                raise AssertionError("drawn")
            except ValueError as e:
                assert "states no mismatch" in str(e)
            """), Is.Empty);
    }

    [Test]
    public void GradientsAreThoseOfTheUnquantizedCellOrOfItsLinearSurrogate()
    {
        using var folder = new TemporaryFolder();
        var python = PythonProgram.WithTorch(folder);
        foreach (var (name, cell) in new[] { ("polynomial", Quintic()), ("table", Table()) })
            folder.Write($"{name}.py", PyTorchModule.Format(cell));
        Assert.That(python.Run(folder, "gradients.py", """
            import torch, polynomial, table
            torch.manual_seed(0)
            for cell in (polynomial, table):
                volts = (torch.rand(40, dtype=torch.double) * 0.7 + 0.1).requires_grad_()
                assert torch.autograd.gradcheck(cell.transfer, (volts,))
                slope, = torch.autograd.grad(cell.transfer(volts, True).sum(), volts)
                assert (slope == cell.SLOPE).all()
                q = (torch.rand(1, 1, 70, 4, dtype=torch.double) * 0.8 + 0.1).requires_grad_()
                k, v = ((torch.rand(1, 1, 70, 4, dtype=torch.double) * 0.6 + 0.15).requires_grad_() for _ in range(2))
                for decay in ((0.0, 0.004) if cell.COEFFICIENTS else (0.0,)):
                    smooth = dict(decay=decay, quantize_inputs=False, quantize_outputs=False)
                    assert torch.autograd.gradcheck(lambda *x: cell.attend(*x, **smooth), (q, k, v), eps=1e-7, atol=1e-4, nondet_tol=0)
            x = (torch.rand(30, dtype=torch.double) * 3 - 1).requires_grad_()
            g, = torch.autograd.grad(polynomial.quantize(x, 0.0, 0.9, 8).sum(), x)
            assert (g == 1).all()
            # half to even, multiples counted from 0
            assert polynomial.quantize(torch.tensor([0.5, 1.5, 2.5]), 0.0, 7.0, 8).tolist() == [0.0, 2.0, 2.0]
            """), Is.Empty);
    }

    [Test]
    public void TheSameCellGivesTheSameTextAndAnyNameIsHarmless()
    {
        string first = PyTorchModule.Format(Quintic()), again = PyTorchModule.Format(Quintic());
        Assert.That(again, Is.EqualTo(first));
        Assert.That(PyTorchModule.Format(Table()).Split("\"\"\""), Has.Length.EqualTo(PyTorchModule.Format(Quintic()).Split("\"\"\"").Length));
        Assert.That(PyTorchModule.Format(Quintic()), Does.Not.Contain("{name}").And.Not.Contain("{constants}").And.Contain("cell quintic"));
    }

    [Test]
    public void TheDocumentedTrainingLoopLearns()
    {
        using var folder = new TemporaryFolder();
        var python = PythonProgram.WithTorch(folder);
        folder.Write(PyTorchModule.FileName, PyTorchModule.Format(PublishedCell.Load()));
        string document = File.ReadAllText(Path.Combine(Repository.Root, "Docs", "pytorch.md")).ReplaceLineEndings("\n");
        string loop = document.Split("```python\n")[1].Split("```")[0];
        Assert.That(python.Run(folder, "loop.py", loop + "\nassert last < 0.5 * first, (first, last)\n"), Is.Empty);
    }
}
