using System.Diagnostics;
using System.Globalization;
using AnalogAttention.Benchmarks;

const string usage = """
    usage: [MODE] [switches]
      (no mode)            small, and array on 16 x 16 cells
      small                one gain cell, 1,000 altered transients, beside libngspice
      kernels              nanoseconds per transistor of the device equations
      array                64 x 64 cells beside ngspice
        --wires            resistance and capacitance on every line
        --supply           a shared supply with resistance
        --size RxC         another array
        --truth RELTOL     of the ngspice run that errors are measured against (1e-6; 0: none)
        --runs N           the median of so many runs of ours (3)
        --rows N,N,...     the embedded engine alone, growing arrays
        --ekv              the embedded engine alone, EKV beside level 1
      gpt2                 GPT-2 124M, random weights, beside PyTorch
        --xl               XL: 1.5 G weights
      sub-tile             one of 64 x 64 cells twice, with its periphery, against the behavioural model
        --section NAME     of periphery.lib: ideal or transistor
        --size N           N dimensions and N keys
        --tiles N          16 are a head of 1024 keys
        --write            the stores are written first, row by row
        --causes           where the error comes from: parts of the circuit alone, between replayed waveforms
      sweep                Monte Carlo of the transfer curve, beside the engine alone (--jobs 2: and on two cores)
        --samples N        2000
      --jobs N             N = 1 (the default) pins everything to one core; more leaves all cores open
    """;

var words = new Queue<string>(args);
string? mode = null;
bool wires = false, supply = false, ekv = false, causes = false, write = false, xl = false;
int rows = 64, columns = 64, runs = 3, jobs = 1, tiles = 1, samples = 2000;
var section = "ideal";
double? truth = 1e-6;
int[] growth = [];
try
{
    while (words.TryDequeue(out var word))
        switch (word)
        {
            case "small" or "kernels" or "array" or "sub-tile" or "gpt2" or "sweep": mode = word; break;
            case "--wires": wires = true; break;
            case "--supply": supply = true; break;
            case "--ekv": ekv = true; break;
            case "--xl": xl = true; break;
            case "--causes": causes = true; break;
            case "--write": write = true; break;
            case "--size" when mode != "sub-tile" && words.Dequeue().Split('x') is [var r, var c]: (rows, columns) = (Integer(r), Integer(c)); break;
            case "--truth": truth = double.Parse(words.Dequeue(), CultureInfo.InvariantCulture) is > 0 and var reltol ? reltol : null; break;
            case "--size" when mode == "sub-tile": columns = Integer(words.Dequeue()); break;
            case "--section": section = words.Dequeue(); break;
            case "--samples": samples = Integer(words.Dequeue()); break;
            case "--tiles": tiles = Integer(words.Dequeue()); break;
            case "--runs": runs = Integer(words.Dequeue()); break;
            case "--rows": growth = [.. words.Dequeue().Split(',').Select(Integer)]; break;
            case "--jobs": jobs = Integer(words.Dequeue()); break;
            default: throw new FormatException($"'{word}'");
        }
}
catch (Exception e) when (e is FormatException or InvalidOperationException)
{
    Console.Error.WriteLine($"{e.Message}\n{usage}");
    return 2;
}

// peers side by side on one core: the runtime counts cores when it starts, so a process starts that has only one
if (jobs == 1 && Environment.ProcessorCount > 1 && (OperatingSystem.IsLinux() || OperatingSystem.IsWindows()))
{
    Process.GetCurrentProcess().ProcessorAffinity = 1;
    var program = Environment.GetCommandLineArgs()[0];
    var start = new ProcessStartInfo("dotnet", [Path.ChangeExtension(program, ".dll"), .. args]);
    start.Environment["DOTNET_TC_CallCountingDelayMs"] = "0"; // else the compiler waits for a quiet moment, which one busy core does not have
    using var pinned = Process.Start(start)!;
    pinned.WaitForExit();
    return pinned.ExitCode;
}

if (mode == "sub-tile" && causes)
    SubTileCauses.Run(Console.Out, columns, section);
else if (mode == "sub-tile")
    SubTile.Run(Console.Out, columns, section, tiles, write);
if (mode is null or "small")
    SmallDeck.Run(Console.Out);
if (mode == "kernels")
    Kernels.Run(Console.Out);
if (mode == "sweep")
    SweepSpeed.Run(Console.Out, samples, jobs);
if (mode == "gpt2")
    Gpt2Speed.Run(Console.Out, xl ? RandomModel.ExtraLarge : RandomModel.Small, runs, jobs);
if (mode is null)
    ArrayTransient.Run(Console.Out, new ArrayDeck(16, 16));
else if (growth.Length > 0)
    ArrayGrowth.Rows(Console.Out, growth, columns);
else if (ekv)
    ArrayGrowth.Models(Console.Out, rows, columns);
else if (mode == "array")
    ArrayTransient.Run(Console.Out, new ArrayDeck(rows, columns, HasWires: wires, HasSupplyResistance: supply), truth, runs);
return 0;

static int Integer(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture) is > 0 and var value ? value : throw new FormatException($"'{text}' is not a count");
