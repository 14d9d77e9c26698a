using System.Diagnostics;
using System.Globalization;

namespace AnalogAttention.Benchmarks;

/// <summary>The same model in PyTorch (<c>gpt2_peer.py</c>), a process that times one forward pass per request.</summary>
internal sealed class PyTorchPeer : IDisposable
{
    private readonly Process _process;

    private PyTorchPeer(Process process, string version) => (_process, Version) = (process, version);

    /// <summary><c>1.13.0a0</c></summary>
    public string Version { get; }

    /// <summary>Null where there is no Python with torch.</summary>
    public static PyTorchPeer? Start(RandomModel model)
    {
        foreach (var python in new[] { "/usr/bin/python3", "python3" }.Where(p => p[0] != '/' || File.Exists(p)))
            try
            {
                var start = new ProcessStartInfo(python, [Path.Combine(AppContext.BaseDirectory, "gpt2_peer.py"), .. new[] { model.Layers, model.Heads, model.Width, RandomModel.Vocabulary, RandomModel.Positions }.Select(n => n.ToString(CultureInfo.InvariantCulture))])
                {
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                };
                // OpenBLAS 0.3.21 does not know newer processors with AVX-512
                if (System.Runtime.Intrinsics.X86.Avx512F.IsSupported)
                    start.Environment["OPENBLAS_CORETYPE"] = "SkylakeX";
                var process = Process.Start(start)!;
                if (process.StandardOutput.ReadLine() is { } ready && ready.StartsWith("ready ", StringComparison.Ordinal))
                    return new PyTorchPeer(process, ready["ready ".Length..]);
                process.Dispose();
            }
            catch (System.ComponentModel.Win32Exception)
            {
            }
        return null;
    }

    /// <param name="kind"><c>prefill</c> or <c>decode</c>.</param>
    /// <returns>Seconds of one forward pass.</returns>
    public double Seconds(string kind, int tokens)
    {
        _process.StandardInput.WriteLine($"{kind} {tokens}");
        _process.StandardInput.Flush();
        return double.Parse(_process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
