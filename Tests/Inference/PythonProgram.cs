using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

/// <summary>A Python that has PyTorch, where there is one.</summary>
internal sealed class PythonProgram
{
    private static readonly string[] Candidates = ["python3", "/usr/bin/python3"];

    private readonly string _python;

    private PythonProgram(string python) => _python = python;

    /// <summary>Ends the test as skipped where no Python has torch.</summary>
    public static PythonProgram WithTorch(TemporaryFolder folder)
    {
        string? python = Candidates.FirstOrDefault(p => new PythonProgram(p).Run(folder, "available.py", "import torch") == "");
        if (python is null)
            Assert.Ignore("needs python3 with torch");
        return new PythonProgram(python!);
    }

    /// <returns>What went wrong; empty if nothing.</returns>
    public string Run(TemporaryFolder folder, string name, string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(_python, [folder.Write(name, program), .. arguments])
            { WorkingDirectory = folder.Path, RedirectStandardError = true, Environment = { ["PYTHONDONTWRITEBYTECODE"] = "1" } })!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? "" : $"{process.ExitCode} {error}";
        }
        catch (Win32Exception)
        {
            return $"{_python} is not installed";
        }
    }
}
