using System.Diagnostics;

namespace AnalogAttention.Tests.Reports;

/// <summary>A headless Chromium on one page, in light or dark; its console arrives on stderr.</summary>
internal static class Chromium
{
    public static string? Program { get; } = new[] { "chromium", "chromium-browser", "google-chrome" }
        .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    /// <param name="action">"--dump-dom", "--screenshot=FILE" or "--print-to-pdf=FILE".</param>
    /// <returns>Standard output, and the console lines of the page.</returns>
    public static (string Output, string[] Console) Run(string page, bool dark, params string[] action)
    {
        string profile = Directory.CreateTempSubdirectory("report-browser-").FullName;
        try
        {
            ProcessStartInfo start = new(Program!, [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", $"--user-data-dir={profile}", "--enable-logging=stderr", "--virtual-time-budget=20000",
                $"--blink-settings=preferredColorScheme={(dark ? 0 : 1)}", .. action, new Uri(page).AbsoluteUri])
            { RedirectStandardOutput = true, RedirectStandardError = true };
            using Process browser = Process.Start(start)!;
            Task<string> errors = browser.StandardError.ReadToEndAsync();
            Task<string> output = browser.StandardOutput.ReadToEndAsync();
            if (!browser.WaitForExit(TimeSpan.FromSeconds(60)))
            {
                browser.Kill(entireProcessTree: true);
                throw new TimeoutException($"chromium did not end on {page}");
            }
            return (output.Result, [.. errors.Result.Split('\n').Where(line => line.Contains(":CONSOLE"))]);
        }
        finally
        {
            Directory.Delete(profile, recursive: true);
        }
    }
}
