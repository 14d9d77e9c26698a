using System.Text.Json.Nodes;
using AnalogAttention.Calibration;
using AnalogAttention.Inference.Attention;
using AnalogAttention.Inference.Gpt2;
using AnalogAttention.Inference.Tensors;
using AnalogAttention.Reports;
using AnalogAttention.Studies;
using AnalogAttention.Tests.Cli;
using AnalogAttention.Tests.Inference;

namespace AnalogAttention.Tests.Studies;

public class HeadTests
{
    private const double Lambda = 1e-3;
    private static readonly RandomGpt2 Small = new() { Layers = 2, Heads = 2, HeadSize = 8, Positions = 160, Window = 100 };

    // saturations that sums of eight cells exceed now and then
    private static readonly CellModel Cell = PublishedCell.Load() with { Readout = new ReadoutModel(0.15e-12, 0.1e-12) };

    private static readonly int[] Tokens = Small.Tokens(250); // windows of 160 and 90

    private static HeadStudyResult Study(int jobs = 2, GainCellOptions? options = null) =>
        HeadStudy.Run(Small.Load(), new GainCellAttention(Cell, options ?? new GainCellOptions { DecayPerToken = Lambda }), Tokens, jobs);

    /// <summary>What passes through, for counting.</summary>
    private sealed class Tap(IAttention inner) : IAttention
    {
        public List<(int Layer, int Position, float[] Rows)> Seen { get; } = [];
        public AttentionGeometry Geometry { get; private set; } = null!;

        public IAttentionState Open(AttentionGeometry geometry, int capacity, ThreadTeam? team = null)
        {
            Geometry = geometry;
            return new State(inner.Open(geometry, capacity, team), Seen);
        }

        private sealed class State(IAttentionState inner, List<(int, int, float[])> seen) : IAttentionState
        {
            public AttentionCounts Counts => inner.Counts;

            public void Begin(long sequence) => inner.Begin(sequence);

            public void Attend(int layer, int position, ReadOnlySpan<float> qkv, int rows, Span<float> output)
            {
                seen.Add((layer, position, qkv.ToArray()));
                inner.Attend(layer, position, qkv, rows, output);
            }
        }
    }

    /// <summary>One head counted by the equations, cell by cell in double precision.</summary>
    private sealed class Count
    {
        public List<double> Q { get; } = [];
        public List<double> K { get; } = [];
        public long Zero, Between, One, Outputs, Clipped;
        public long[] KeyLevels { get; } = new long[8];
        public long[] ValueLevels { get; } = new long[8];
        public long[] Pulses { get; } = new long[16];
        public Dictionary<int, long>[] Codes { get; } = [.. Enumerable.Range(0, 8).Select(_ => new Dictionary<int, long>())];

        public double Bits => Codes.Average(c => c.Values.Sum(n => -(double)n / c.Values.Sum() * Math.Log2((double)n / c.Values.Sum())));

        public static double Std(List<double> x)
        {
            double mean = x.Average();
            return Math.Sqrt(x.Average(v => (v - mean) * (v - mean)));
        }
    }

    private static Count[] CountedByHand()
    {
        const int d = 8, width = 16, window = 100;
        Gpt2Model model = Small.Load();
        Count[] counts = [.. Enumerable.Range(0, 4).Select(_ => new Count())];
        double[] c = [.. Cell.Transfer.CoefficientsAmperes!];
        double Current(double w, int age) => c.Select((ci, i) => ci * Math.Pow(w, i) * Math.Exp(-i * Lambda * age)).Sum();
        int Index(double x, double step) => (int)Math.Round(x / step, MidpointRounding.ToEven);
        foreach (int[] tokens in new[] { Tokens[..160], Tokens[160..] })
        {
            var tap = new Tap(new GainCellAttention(Cell, new GainCellOptions { DecayPerToken = Lambda }));
            model.Open(tap, tokens.Length).Read(tokens);
            for (var n = 0; n < 4; n++)
            {
                Count count = counts[n];
                (int layer, int head) = (n / 2, n % 2);
                float[] rows = [.. tap.Seen.Where(s => s.Layer == layer).OrderBy(s => s.Position).SelectMany(s => s.Rows)];
                LayerScalers s = tap.Geometry.Scalers[layer];
                double X(int t, int part, int i, Scaler scaler) => scaler.A[head] * rows[(t * 3 + part) * width + head * d + i] + scaler.B[head];
                int[,] q = new int[tokens.Length, d], k = new int[tokens.Length, d], v = new int[tokens.Length, d];
                for (var t = 0; t < tokens.Length; t++)
                    for (var i = 0; i < d; i++)
                    {
                        count.Q.Add(X(t, 0, i, s.Query));
                        count.K.Add(X(t, 1, i, s.Key));
                        count.Pulses[q[t, i] = Index(Math.Clamp(X(t, 0, i, s.Query), 0, 1), 1.0 / 15)]++;
                        count.KeyLevels[k[t, i] = Index(Math.Clamp(X(t, 1, i, s.Key), 0, 0.9), 0.9 / 7)]++;
                        count.ValueLevels[v[t, i] = Index(Math.Clamp(X(t, 2, i, s.Value), 0, 0.9), 0.9 / 7)]++;
                    }
                for (var t = 0; t < tokens.Length; t++)
                    for (int tile = 0; tile <= t / 64; tile++)
                    {
                        var charge = new double[d];
                        int first = Math.Max(tile * 64, t - window + 1), end = Math.Min(t + 1, (tile + 1) * 64);
                        for (int j = first; j < end; j++)
                        {
                            double score = 0;
                            for (var i = 0; i < d; i++)
                                score += q[t, i] / 15.0 * Current(k[j, i] * 0.9 / 7 - 0.45, t - j);
                            double phi = score * 15e-9 / 0.15e-12;
                            if (phi <= 0)
                                count.Zero++;
                            else if (phi >= 1)
                                count.One++;
                            else
                                count.Between++;
                            for (var i = 0; i < d; i++)
                                charge[i] += Math.Clamp(phi, 0, 1) * Current(v[j, i] * 0.9 / 7 - 0.45, t - j) * 15e-9;
                        }
                        for (var i = 0; i < d && first < end; i++)
                        {
                            double o = charge[i] / 0.1e-12;
                            count.Outputs++;
                            if (Math.Abs(o) > 1)
                                count.Clipped++;
                            int code = Index(Math.Clamp(o, -1, 1), 2.0 / 31);
                            count.Codes[i][code] = count.Codes[i].GetValueOrDefault(code) + 1;
                        }
                    }
            }
        }
        return counts;
    }

    [Test]
    public void Every_head_is_what_an_independent_count_finds()
    {
        HeadStudyResult study = Study();
        Count[] counts = CountedByHand();
        Assert.Multiple(() =>
        {
            for (var n = 0; n < 4; n++)
            {
                HeadFigures head = study.Figures[n];
                Count count = counts[n];
                Assert.That((head.Layer, head.Head), Is.EqualTo((n / 2, n % 2)));
                Assert.That(head.QueryStd, Is.EqualTo(Count.Std(count.Q)).Within(1e-9));
                Assert.That(head.KeyStd, Is.EqualTo(Count.Std(count.K)).Within(1e-9));
                Assert.That(head.Scores, Is.EqualTo(count.Zero + count.Between + count.One));
                Assert.That(head.Outputs, Is.EqualTo(count.Outputs));
                // single precision against double: what lies within 1e-6 of a limit may fall to either side, a few of 16,000
                Assert.That(head.ScoresAtZero, Is.EqualTo(count.Zero).Within(3));
                Assert.That(head.ScoresAtOne, Is.EqualTo(count.One).Within(3));
                Assert.That(head.OutputsClipped, Is.EqualTo(count.Clipped).Within(3));
                Assert.That(head.EffectiveBits, Is.EqualTo(count.Bits).Within(1e-3));
            }
            Assert.That(study.Workload.KeyLevels, Is.EqualTo(Enumerable.Range(0, 8).Select(i => counts.Sum(c => c.KeyLevels[i]))));
            Assert.That(study.Workload.ValueLevels, Is.EqualTo(Enumerable.Range(0, 8).Select(i => counts.Sum(c => c.ValueLevels[i]))));
            Assert.That(study.Workload.QueryPulses, Is.EqualTo(Enumerable.Range(0, 16).Select(i => counts.Sum(c => c.Pulses[i]))));
            Assert.That(study.Workload.ScorePulses.None, Is.EqualTo(study.Figures.Sum(h => h.ScoresAtZero)));
            Assert.That(study.Workload.ScorePulses.Full, Is.EqualTo(study.Figures.Sum(h => h.ScoresAtOne)));
            Assert.That(study.Workload.ScorePulses.Between.Sum(), Is.EqualTo(study.Figures.Sum(h => h.Scores - h.ScoresAtZero - h.ScoresAtOne)));
            // the model does all of it, or the comparison says nothing
            Assert.That(counts.Sum(c => c.One), Is.GreaterThan(100));
            Assert.That(counts.Sum(c => c.Zero), Is.GreaterThan(100));
            Assert.That(counts.Sum(c => c.Clipped), Is.GreaterThan(100));
            Assert.That(study.Figures.Select(h => h.State), Has.All.EqualTo("alive"));
        });
    }

    [Test]
    public void Same_figures_for_any_number_of_threads() => Assert.That(HeadReport.Json(Study(1)).ToJsonString(), Is.EqualTo(HeadReport.Json(Study(3)).ToJsonString()));

    [Test]
    public void One_array_for_all_keys_is_read_out_once()
    {
        var study = Study(options: new GainCellOptions { DecayPerToken = Lambda }.Without("tiles"));
        Assert.That(study.Figures.Select(h => h.Outputs), Has.All.EqualTo(250 * 8));
    }

    [Test]
    public void Cells_of_their_own_are_those_of_the_running_model()
    {
        var cell = Cell with { Mismatch = new MismatchModel(0.1, 0.02, 1e-6, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]) };
        var attention = new GainCellAttention(cell, new GainCellOptions { DecayPerToken = Lambda, Mismatch = true, Seed = 3 });
        var study = HeadStudy.Run(Small.Load(), attention, Tokens.AsMemory(0, 160), 2);
        var sequence = Small.Load().Open(attention, 160);
        sequence.Read(Tokens.AsSpan(0, 160));
        Assert.That(study.Figures.Sum(h => h.OutputsClipped), Is.EqualTo(sequence.Counts.TilesSaturated));
        Assert.That(study.Figures.Sum(h => h.Outputs), Is.EqualTo(sequence.Counts.Tiles));
    }

    [Test]
    public void Circuits_of_their_own_are_those_of_the_running_model()
    {
        var line = new ConversionLine(1, 0, 0.1, 2e-14);
        var cell = Cell with { Periphery = new PeripheryModel(new ConversionModel(line, null, [[1, 0], [0, 1]]), new ConversionModel(line, line, [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])) };
        var attention = new GainCellAttention(cell, new GainCellOptions { DecayPerToken = Lambda, ColumnGain = true, ColumnOffset = true, Seed = 3 });
        var study = HeadStudy.Run(Small.Load(), attention, Tokens.AsMemory(0, 160), 2);
        var sequence = Small.Load().Open(attention, 160);
        sequence.Read(Tokens.AsSpan(0, 160));
        long ideal = HeadStudy.Run(Small.Load(), new GainCellAttention(cell, attention.Options with { ColumnGain = false, ColumnOffset = false }), Tokens.AsMemory(0, 160), 2).Figures.Sum(h => h.OutputsClipped);
        Assert.That(study.Figures.Sum(h => h.OutputsClipped), Is.EqualTo(sequence.Counts.TilesSaturated).And.Not.EqualTo(ideal));
    }

    private static IEnumerable<TestCaseData> States()
    {
        HeadFigures head = new(0, 0, 0.3, 0.2, 10000, 5000, 10, 1000, 0, 2.5);
        yield return new TestCaseData(head, "alive");
        yield return new TestCaseData(head with { QueryStd = 0.009 }, "constant");
        yield return new TestCaseData(head with { KeyStd = 31 }, "one-hot");
        yield return new TestCaseData(head with { ScoresAtZero = 0, ScoresAtOne = 9995 }, "saturated");
        yield return new TestCaseData(head with { ScoresAtZero = 9995, ScoresAtOne = 0 }, "silent");
        yield return new TestCaseData(head with { EffectiveBits = 0 }, "silent");
    }

    [TestCaseSource(nameof(States))]
    public void A_head_that_does_not_choose_is_named(HeadFigures head, string state) => Assert.That(head.State, Is.EqualTo(state));

    [Test]
    public void Section_has_maps_of_every_layer_and_head()
    {
        var study = Study();
        var maps = HeadReport.Section(study, Cell).Items.OfType<HeatMapFigure>().SelectMany(f => f.Maps).ToDictionary(m => m.Title);
        Assert.That(maps["effective bits"].Values, Is.EqualTo(new[,] { { study.Figures[0].EffectiveBits, study.Figures[1].EffectiveBits }, { study.Figures[2].EffectiveBits, study.Figures[3].EffectiveBits } }));
        Assert.That(maps["outputs clipped"].Values[1, 0], Is.EqualTo(study.Figures[2].ShareClipped));
        // one head has no map, but its tables
        var single = study with { Heads = 1, Layers = 4 };
        Assert.That(HeadReport.Section(single, Cell).Items, Has.None.InstanceOf<HeatMapFigure>().And.Some.InstanceOf<ReportTable>());
    }

    [Test]
    public void Workload_file_holds_one_count_for_every_cell_and_pulse()
    {
        using var folder = new TemporaryFolder();
        var (code, output, error) = CommandLine.Run(folder.Path, "evaluate", "--attention", "gain-cell", "--windows", "1", "--heads", "--workload", "w.json", "--json");
        Assert.That(code, Is.Zero, error);
        JsonNode heads = JsonNode.Parse(output)!, file = JsonNode.Parse(File.ReadAllText(folder.File("w.json")))!;
        long Sum(JsonNode counts) => counts.AsArray().Sum(c => (long)c!);
        const long cells = 8 * 4 * 64 * 512; // layers, heads, dimensions, tokens
        Assert.Multiple(() =>
        {
            Assert.That((string)file["schema"]!, Is.EqualTo("analog-attention/workload/1"));
            Assert.That((string)heads["schema"]!, Is.EqualTo("analog-attention/heads/1"));
            Assert.That(new[] { Sum(file["keyLevels"]!), Sum(file["valueLevels"]!), Sum(file["queryPulses"]!) }, Has.All.EqualTo(cells));
            Assert.That((long)file["scorePulses"]!["none"]! + (long)file["scorePulses"]!["full"]! + Sum(file["scorePulses"]!["between"]!), Is.EqualTo(8 * 4 * 512 * 513 / 2));
            Assert.That(heads["heads"]!.AsArray(), Has.Count.EqualTo(32));
            Assert.That(heads["heads"]!.AsArray().Sum(h => (long)h!["scoresAtZero"]!), Is.EqualTo((long)file["scorePulses"]!["none"]!));
        });
    }
}
