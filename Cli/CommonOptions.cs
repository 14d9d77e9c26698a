using System.CommandLine;
using AnalogAttention.Inference.Tensors;
using AnalogAttention.Simulation;

namespace AnalogAttention.Cli;

/// <summary>Options every command has.</summary>
internal static class CommonOptions
{
    public static readonly Option<bool> Json = new("--json") { Description = "Print the result as JSON.", Recursive = true };
    public static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "No progress and no log on stderr.", Recursive = true };
    public static readonly Option<int> Seed = new("--seed") { Description = "Seed of everything random.", Recursive = true, DefaultValueFactory = _ => 1 };
    public static readonly Option<int> Jobs = new("--jobs", "-j") { Description = "Threads; results do not depend on it. Default: all cores.", Recursive = true, DefaultValueFactory = _ => Environment.ProcessorCount };

    /// <summary>For commands that simulate.</summary>
    public static Option<string> Engine() => new("--engine") { Description = "Circuit simulator.", DefaultValueFactory = _ => Engines.Default, HelpName = "ENGINE" };

    /// <summary>For commands that run a model.</summary>
    public static Option<WeightFormat> Weights() => new("--weights") { Description = "Weights in memory: single precision, or half the memory and traffic.", DefaultValueFactory = _ => WeightFormat.F32, HelpName = "f32|bf16" };

    public static void AddTo(RootCommand root)
    {
        Jobs.MustLieWithin(1);
        root.Options.Add(Json);
        root.Options.Add(Quiet);
        root.Options.Add(Seed);
        root.Options.Add(Jobs);
    }
}
