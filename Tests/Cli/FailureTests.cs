using AnalogAttention.Inference.Arrays;
using AnalogAttention.Tests.Calibration;

namespace AnalogAttention.Tests.Cli;

/// <summary>Bad input ends in one clear line and the right exit code, and nothing is half-written.</summary>
public class FailureTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Open() => _folder = new TemporaryFolder();

    [TearDown]
    public void Close() => _folder.Dispose();

    private void Fails(int exitCode, string mentions, params string[] arguments)
    {
        var before = Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Order().ToList();
        var (code, output, error) = CommandLine.Run(_folder.Path, [.. arguments, "--quiet"]);
        var complaints = CommandLine.Complaints(error);
        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(exitCode), error);
            Assert.That(output, Is.Empty);
            Assert.That(complaints, Has.Length.EqualTo(1), error);
            Assert.That(complaints.FirstOrDefault(), Does.Contain(mentions));
            Assert.That(error, Does.Not.Contain("   at "), "a stack trace");
            Assert.That(Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Order(), Is.EqualTo(before), "files left behind");
        });
    }

    [Test]
    public void A_missing_deck() => Fails(3, "none.cir", "simulate", "none.cir");

    [Test]
    public void A_bad_deck_names_file_line_and_column()
    {
        _folder.Write("bad.cir", "bad\nv1 a 0 1\nr1 a 0 banana\n.op\n.end\n");
        Fails(3, "bad.cir:3:8", "simulate", "bad.cir");
    }

    [Test]
    public void A_bad_cell_library_stops_the_chain_before_it_starts()
    {
        _folder.Write("bad.lib", "* no cell here\n.subckt other a b\nr1 a b 1k\n.ends\n");
        Fails(3, "gain_cell", "run", "--quick", "--deck", "bad.lib", "--out", ".");
    }

    [Test]
    public void A_missing_cell_library() => Fails(3, "none.lib", "calibrate", "--deck", "none.lib", "--out", ".");

    [TestCase("V_store [V],V_in [V]\n0,0.45\n", "iv.csv:1: no column i_out")]
    [TestCase("V_store [V],V_in [V],I_out [A]\n0,0.45,0\n0,0.9,NaN\n", "iv.csv:3: i_out is 'NaN'")]
    [TestCase("V_store [V],V_in [V],I_out [A]\n0,0.45,0\n0.9,0.9,1e-5\n", "iv.csv: 2 points")]
    public void A_bad_measured_table(string text, string mentions)
    {
        _folder.Write("iv.csv", text);
        Fails(3, mentions, "calibrate", "--table", "iv.csv", "--extract", "--out", ".");
    }

    [Test]
    public void A_missing_measured_table() => Fails(3, "none.csv", "calibrate", "--table", "none.csv", "--out", ".");

    [Test]
    public void A_table_too_small_to_extract_devices_from_leaves_no_cell_either()
    {
        _folder.Write("iv.csv", "V_store [V],V_in [V],I_out [uA]\n" + string.Concat(Enumerable.Range(0, 7).Select(i => $"{i * 15}e-2,0.45,0\n{i * 15}e-2,0.9,{i}\n")));
        Fails(3, "14 points cannot fix 9 parameters", "calibrate", "--table", "iv.csv", "--order", "2", "--extract", "--out", ".");
    }

    [Test]
    public void A_measured_table_takes_the_place_of_a_deck() => Fails(2, "--table", "calibrate", "--table", "iv.csv", "--deck", "cell.lib", "--out", ".");

    [Test]
    public void An_extraction_without_a_table() => Fails(2, "--extract needs --table", "calibrate", "--extract", "--out", ".");

    [Test]
    public void A_circuit_without_a_solution_ends_with_4()
    {
        // two ideal diode-like sources cannot agree: I = 1 A must flow through a cut-off transistor
        _folder.Write("stuck.cir", """
            no operating point
            i1 0 d 1
            m1 d 0 0 0 n w=1u l=1u
            .model n nmos level=44
            .op
            .end
            """);
        Fails(4, "d", "simulate", "stuck.cir");
    }

    [Test]
    public void A_cell_that_has_drifted_fails_the_check_and_is_drawn()
    {
        CalibratorTests.ChangedLibrary(_folder, "vto=0.30089", "vto=0.30589");
        var (code, output, error) = CommandLine.Run(_folder.Path, "check", "static-transfer", "--deck", "changed.lib", "--golden", Path.Combine(Repository.Root, "Tests", "Golden"));
        Assert.That(code, Is.EqualTo(1), error);
        Assert.That(output, Does.Contain("FAILED"));
        Assert.That(File.ReadAllText(_folder.File("check.html")), Does.Contain("static-transfer"));
    }

    [Test]
    public void A_missing_model() => Fails(3, "nowhere", "run", "--quick", "--model", "nowhere", "--out", ".");

    [Test]
    public void A_truncated_model()
    {
        CopyModel("model");
        using (var file = File.OpenWrite(_folder.File("model/model.safetensors")))
            file.SetLength(file.Length / 2);
        Fails(3, "model.safetensors", "logits", "--model", "model", "--tokens", "1,2,3", "--out", "l.npy");
    }

    [Test]
    public void A_token_that_is_not_in_the_vocabulary()
    {
        CopyModel("model");
        Fails(3, "token 97", "logits", "--model", "model", "--tokens", "1,97", "--out", "l.npy");
    }

    [Test]
    public void A_bad_cell_file()
    {
        CopyModel("model");
        _folder.Write("cell.json", "{ \"schema\": ");
        Fails(3, "cell.json:1:", "logits", "--model", "model", "--tokens", "1", "--attention", "gain-cell", "--cell", "cell.json", "--out", "l.npy");
    }

    [Test]
    public void A_deck_that_asks_for_nothing()
    {
        _folder.Write("idle.cir", "idle\nv1 a 0 1\nr1 a 0 1k\n.end\n");
        Fails(3, "no analysis", "simulate", "idle.cir");
    }

    [Test]
    public void A_folder_for_waveforms_that_is_not_there()
    {
        _folder.Write("r.cir", "r\nv1 a 0 1\nr1 a 0 1k\n.op\n.end\n");
        Fails(5, "nowhere/r.csv", "simulate", "r.cir", "--out", "nowhere/r.csv");
    }

    [Test]
    public void A_place_for_waveforms_is_tried_before_anything_runs()
    {
        // without the check ngspice is looked for first, and the file only written at the end
        _folder.Write("r.cir", "r\nv1 a 0 1\nr1 a 0 1k\n.tran 1n 1u\n.end\n");
        Directory.CreateDirectory(_folder.File("taken.csv"));
        Fails(5, "taken.csv: cannot write: it is a folder", "simulate", "r.cir", "--engine", "absent", "--out", "taken.csv");
        Fails(5, "nowhere/r.csv: cannot write: there is no such folder", "simulate", "r.cir", "--engine", "absent", "--out", "nowhere/r.csv");
        Fails(5, "nowhere/r.spice: cannot write: there is no such folder", "simulate", "r.cir", "--export", "ngspice", "--out", "nowhere/r.spice");
        Fails(5, "nowhere/o.npz", "attend", Repository.Fixture("attention", "cubic-quantised.npz"), "--out", "nowhere/o.npz");
    }

    [Test]
    public void An_extension_in_capitals()
    {
        _folder.Write("r.cir", "r\nv1 a 0 1\nr1 a 0 1k\n.op\n.end\n");
        Assert.That(CommandLine.Run(_folder.Path, "simulate", "r.cir", "--out", "R.CSV").ExitCode, Is.Zero);
        Assert.That(File.ReadLines(_folder.File("R.CSV")).First(), Is.EqualTo("v(a) [V],i(v1) [A]"));
    }

    [Test]
    public void The_last_of_two_values_for_a_parameter_holds()
    {
        _folder.Write("p.cir", "p\n.param x=1\nv1 a 0 {x}\nr1 a 0 1k\n.op\n.measure op va find v(a) at={x}\n.end\n");
        Assert.That(CommandLine.Run(_folder.Path, "simulate", "p.cir", "--param", "x=2", "--param", "X=3", "--quiet").Output, Is.EqualTo("va = 3\n"));
    }

    [Test]
    public void A_folder_that_is_searched_and_not_there() => Fails(2, "-I nowhere: there is no such folder", "simulate", "r.cir", "-I", "nowhere");

    [Test]
    public void A_folder_in_place_of_a_deck() => Fails(3, ".: is a folder", "simulate", ".");

    [TestCase("empty\n.op\n.end\n")]
    [TestCase("grounded\nr1 0 0 1k\n.op\n.end\n")]
    public void A_deck_without_a_circuit(string deck)
    {
        _folder.Write("empty.cir", deck);
        Fails(3, "error N319", "simulate", "empty.cir");
        Fails(3, "error N319", "simulate", "empty.cir", "--out", "e.csv");
    }

    [Test]
    public void A_measure_that_cannot_be_read_is_found_before_anything_runs()
    {
        _folder.Write("m.cir", "m\nv1 a 0 sin(0 1 1meg)\nr1 a 0 1k\n.tran 1n 1u\n.measure tran top max v(a\n.end\n");
        Fails(3, "m.cir:5:15: error N205: .measure top: ", "simulate", "m.cir", "--out", "m.csv");
    }

    [Test]
    public void Text_that_is_not_UTF_8()
    {
        File.WriteAllBytes(_folder.File("utf16.txt"), [0xff, 0xfe, 0x61, 0x00]);
        Fails(3, "utf16.txt", "evaluate", "--text", "utf16.txt");
    }

    [Test]
    public void An_empty_text()
    {
        _folder.Write("empty.txt", "");
        Fails(3, "empty.txt", "evaluate", "--text", "empty.txt");
    }

    [Test]
    public void Numbers_that_are_not()
    {
        NdArray fine = new([1, 2], [0, 0.5]), broken = new([1, 2], [0, double.NaN]);
        NpzFile.Write(_folder.File("qkv.npz"), ("Q", fine), ("K", broken), ("V", fine));
        Fails(3, "K holds NaN", "attend", "qkv.npz", "--out", "o.npz");
    }

    [Test]
    public void A_missing_text() => Fails(3, "none.txt", "run", "--quick", "--text", "none.txt", "--out", ".");

    [Test]
    public void An_engine_that_is_not_there()
    {
        _folder.Write("r.cir", "r\nv1 a 0 1\nr1 a 0 1k\n.op\n.end\n");
        Fails(5, "spicesharp", "simulate", "r.cir", "--engine", "spicesharp");
    }

    [Test]
    public void Switches_that_contradict_each_other() => Fails(2, "--no-quantization", "attend", "qkv.npz", "--levels", "4,4,4", "--no-quantization", "--out", "o.npz");

    [Test]
    public void Transfer_that_its_options_contradict()
    {
        Fails(2, "--order needs a polynomial", "calibrate", "--transfer", "table", "--order", "5", "--out", ".");
        Fails(2, "--transfer needs a deck", "calibrate", "--table", "iv.csv", "--transfer", "odd", "--out", ".");
    }

    [Test]
    public void An_output_folder_that_cannot_be_made()
    {
        _folder.Write("taken", "a file");
        Fails(5, "taken", "calibrate", "--out", "taken");
        Fails(5, "taken", "calibrate", "--deck", "none.lib", "--out", "taken"); // before the deck is simulated
    }

    [Test]
    public void A_workload_file_that_cannot_be_written() => Fails(5, "no/such/w.json", "evaluate", "--attention", "gain-cell", "--windows", "1", "--workload", "no/such/w.json");

    [TestCase("need --attention gain-cell", "--heads")]
    [TestCase("need --attention gain-cell", "--workload", "w.json")]
    [TestCase("--stride and --last-word", "--heads", "--attention", "gain-cell", "--stride", "64")]
    [TestCase("--stride and --last-word", "--workload", "w.json", "--attention", "gain-cell", "--last-word", "words.jsonl")]
    public void Heads_of_a_model_without_cells_or_in_other_windows(string mentions, params string[] arguments) => Fails(2, mentions, ["evaluate", .. arguments]);

    [TestCase("bogus")]
    [TestCase("run", "--bogus")]
    [TestCase("calibrate")]
    [TestCase("evaluate", "--windows", "0")]
    [TestCase("generate", "a", "-n", "-5")]
    [TestCase("calibrate", "--order", "99", "--out", ".")]
    [TestCase("calibrate", "--order", "five", "--out", ".")]
    [TestCase("calibrate", "--order", "0", "--out", ".")]
    [TestCase("calibrate", "--transfer", "spline", "--out", ".")]
    [TestCase("evaluate", "--windows", "x")]
    [TestCase("generate", "a", "-n", "x")]
    [TestCase("simulate", "r.cir", "--out")]
    [TestCase("simulate", "r.cir", "--out", "a.csv", "--out", "b.csv")]
    [TestCase("simulate", "r.cir", "--out", "a.txt")]
    [TestCase("simulate", "r.cir", "--export")]
    [TestCase("simulate", "r.cir", "--export", "spectre")]
    [TestCase("simulate", "r.cir", "--export", "ngspice", "--export", "ngspice")]
    public void Wrong_usage_ends_with_2(params string[] arguments)
    {
        var (code, output, error) = CommandLine.Run(_folder.Path, arguments);
        Assert.That((code, output), Is.EqualTo((2, "")), error);
        Assert.That(error, Does.Contain("--help").And.Not.Contain("   at "));
        Assert.That(error.TrimEnd().Split('\n'), Has.All.StartsWith("analog-attention: "));
    }

    private void CopyModel(string name)
    {
        Directory.CreateDirectory(_folder.File(name));
        foreach (var file in new[] { "config.json", "model.safetensors" })
            File.Copy(Repository.Fixture("tiny-gpt2", file), _folder.File($"{name}/{file}"));
    }

    [TestCase("--at", "5:6:0.1", 3, "lies outside the run, 0 ... 0.9")]
    [TestCase("--accept", " ", 2, "--accept: the reason is empty")]
    public void A_golden_curve_without_points_in_the_run_or_without_a_reason_is_not_written(string option, string value, int code, string message)
    {
        var result = CommandLine.Run(_folder.Path, "check", "-q", "--golden", "curves", "--add", "x", "--bench", "gain-cell-transfer.cir", "--signal", "i(vbl)", option, value);
        Assert.That(result.ExitCode, Is.EqualTo(code), result.Error);
        Assert.That(result.Error, Does.Contain(message));
        Assert.That(File.Exists(_folder.File("curves/x.txt")), Is.False);
    }
}
