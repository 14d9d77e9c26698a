using System.Reflection;
using System.Runtime.CompilerServices;
using AnalogAttention.Circuits.Language;
using NUnit.Framework;

namespace AnalogAttention.Tests.Circuits;

public class DiagnosticCodesTests
{
    [Test]
    public void Every_code_has_its_own_number_and_a_line_in_the_documentation()
    {
        var codes = typeof(DiagnosticCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!).ToList();
        var page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(Here())!, "..", "..", "Docs", "netlist-language.md"));
        Assert.That(codes, Is.Unique);
        Assert.That(codes.Where(c => !page.Contains($"| {c} |")), Is.Empty);
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
