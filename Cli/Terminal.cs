using System.Text.Json;
using AnalogAttention.Reports;
using Spectre.Console;

namespace AnalogAttention.Cli;

/// <summary>Results on stdout, progress on stderr; a live progress bar only where stderr is a terminal. NO_COLOR is honoured.</summary>
internal static class Terminal
{
    public static IAnsiConsole Out { get; } = For(Console.Out, Console.IsOutputRedirected);

    private static IAnsiConsole For(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = redirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (redirected)
            console.Profile.Width = 160;
        else if (console.Profile.Width < 20) // a terminal that does not tell its size
            console.Profile.Width = 80;
        return console;
    }

    /// <summary>A report table on stdout, or the same result as JSON.</summary>
    public static void Print(ReportTable table, bool asJson, Func<string> json)
    {
        if (asJson)
            Console.Out.Write(json());
        else
            Print(table);
    }

    /// <summary>A report table on stdout; as JSON, a list of rows by column title.</summary>
    public static void Print(ReportTable table, bool asJson) => Print(table, asJson, () =>
        JsonSerializer.Serialize(table.Rows.Select(row => table.Columns.Zip(row.Cells).ToDictionary(c => c.First.Title, c => c.Second.ToString())), new JsonSerializerOptions { WriteIndented = true }) + "\n");

    public static void Print(ReportTable table)
    {
        var drawn = new Table { Title = new TableTitle(Markup.Escape(table.Caption)), Border = TableBorder.Rounded };
        foreach (var column in table.Columns)
            drawn.AddColumn(new Spectre.Console.TableColumn(Markup.Escape(column.Title)));
        foreach (var row in table.Rows)
            drawn.AddRow([.. row.Cells.Select(c => new Text(c.ToString()))]);
        Out.Write(drawn);
    }

    /// <summary>Runs work that reports (stage, fraction done); without a terminal one line per stage goes to stderr.</summary>
    public static async Task<T> WithProgress<T>(bool quiet, Func<IProgress<(string Stage, double Fraction)>, T> work)
    {
        if (quiet)
            return await Task.Run(() => work(new StageLines(_ => { })));
        if (Console.IsErrorRedirected)
            return await Task.Run(() => work(new StageLines(Console.Error.WriteLine)));
        var console = For(Console.Error, redirected: false);
        return await console.Progress().AutoClear(false).HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn(), new RemainingTimeColumn())
            .StartAsync(context => Task.Run(() => work(new StageBars(context))));
    }

    /// <summary>One line when a stage begins.</summary>
    private sealed class StageLines(Action<string> write) : IProgress<(string Stage, double Fraction)>
    {
        private readonly Lock _lock = new();
        private string? _stage;

        public void Report((string Stage, double Fraction) value)
        {
            lock (_lock)
            {
                if (value.Stage == _stage)
                    return;
                _stage = value.Stage;
                write(value.Stage);
            }
        }
    }

    private sealed class StageBars(ProgressContext context) : IProgress<(string Stage, double Fraction)>
    {
        private readonly Lock _lock = new();
        private ProgressTask? _task;

        public void Report((string Stage, double Fraction) value)
        {
            lock (_lock)
            {
                if (_task?.Description != Markup.Escape(value.Stage))
                {
                    _task?.Value(_task.MaxValue).StopTask();
                    _task = context.AddTask(Markup.Escape(value.Stage), maxValue: 1);
                }
                _task.Value = Math.Max(_task.Value, value.Fraction);
            }
        }
    }
}
