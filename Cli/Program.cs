using System.CommandLine;
using System.Globalization;
using AnalogAttention.Cli.Commands;

namespace AnalogAttention.Cli;

public static class Program
{
    public static async Task<int> Main(string[] args)
    {
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var root = new RootCommand("From transistor to token: simulate a gain cell, calibrate it, and run GPT-2 with it in place of its attention.")
        {
            RunCommand.Create(),
            SimulateCommand.Create(),
            CalibrateCommand.Create(),
            CheckCommand.Create(),
            SweepCommand.Create(),
            AttendCommand.Create(),
            LogitsCommand.Create(),
            GenerateCommand.Create(),
            EvaluateCommand.Create(),
            AdaptCommand.Create(),
            DoctorCommand.Create(),
        };
        CommonOptions.AddTo(root);

        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await Console.Error.WriteLineAsync($"analog-attention: {string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))}");
            await Console.Error.WriteLineAsync("analog-attention: see --help");
            return ExitCode.Usage;
        }

        using var interruption = new Interruption();
        return await ExitCode.Of(() => parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, interruption.Token));
    }
}
