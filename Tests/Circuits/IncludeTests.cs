using System.Collections.Immutable;
using System.Security.Cryptography;
using AnalogAttention.Circuits;
using NUnit.Framework;

namespace AnalogAttention.Tests.Circuits;

public class IncludeTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("decks").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    private static string Code(string path, DeckReaderOptions? options = null) =>
        Assert.Throws<DeckException>(() => DeckReader.Read(path, options))!.Diagnostics.Single().ToString();

    [Test]
    public void Files_are_found_beside_the_including_file_then_in_the_include_directories()
    {
        var deck = Write("main.cir", "title\n.include parts/a.lib\n.include \"b.lib\"\nx1 n a\nx2 n b\n");
        Write("parts/a.lib", "* no title here\n.include inner.lib\n.subckt a p\nx1 p inner\n.ends\n");
        Write("parts/inner.lib", ".subckt inner p\nr1 p 0 1\n.ends\n");
        Write("elsewhere/b.lib", ".subckt b p\nr1 p 0 2\n.ends\n");
        var elsewhere = Path.Combine(_folder, "elsewhere");

        var circuit = DeckReader.Read(deck, new DeckReaderOptions { IncludeDirectories = [elsewhere] });

        Assert.That(circuit.Elements.Select(e => e.Name), Is.EqualTo(new[] { "x1.x1.r1", "x2.r1" }));
        Assert.That(circuit.Files.Select(f => f.Path), Is.EqualTo(new[] { deck, $"{_folder}/parts/a.lib", $"{_folder}/parts/inner.lib", $"{elsewhere}/b.lib" }));
        Assert.That(circuit.Files[3].Sha256, Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(circuit.Files[3].Path)))));
        Assert.That(Code(deck), Does.Contain("main.cir:3:10: error N101"));
    }

    [Test]
    public void A_deck_given_as_text_names_files_as_it_wrote_them()
    {
        Write("cell.lib", ".subckt cell p\nr1 p 0 1\n.ends\n");
        var relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), _folder);

        var circuit = DeckReader.Parse("t\n.include cell.lib\nx1 a cell\n", Path.Combine(relative, "bench.cir"));

        Assert.That(circuit.Files.Select(f => f.Path), Is.EqualTo(new[] { $"{relative}/bench.cir", $"{relative}/cell.lib" }));
    }

    [Test]
    public void The_product_s_netlists_are_found_last_and_named_by_their_folder()
    {
        var netlists = Path.Combine(AppContext.BaseDirectory, "Netlists");
        Directory.CreateDirectory(netlists);
        var own = Path.Combine(netlists, "include-test.lib");
        try
        {
            File.WriteAllText(own, ".param r=1\n");
            var deck = Write("main.cir", "title\n.include include-test.lib\nr1 a 0 {r}\n");
            Assert.That(DeckReader.Read(deck).Files[1].Path, Is.EqualTo("Netlists/include-test.lib"));
            Assert.That(DeckReader.Parse("title\n.include Netlists/include-test.lib\nr1 a 0 {r}\n", "text").Files[1].Path, Is.EqualTo("Netlists/include-test.lib"));

            Write("include-test.lib", ".param r=2\n");
            Assert.That(DeckReader.Read(deck).Find<Resistor>("r1").Ohms, Is.EqualTo(2));

            var other = Write("mine/other.lib", ".param r=3\n");
            var circuit = DeckReader.Read(deck, new DeckReaderOptions { Substitutions = ImmutableDictionary<string, string>.Empty.Add("include-test.lib", other) });
            Assert.That(circuit.Find<Resistor>("r1").Ohms, Is.EqualTo(3));
            Assert.That(circuit.Files[1].Path, Is.EqualTo(other));
        }
        finally
        {
            File.Delete(own);
        }
    }

    [Test]
    public void A_library_gives_one_section_and_sections_may_call_each_other()
    {
        Write("corners.lib", """
            .lib tt
            .param vt=0.3
            .lib corners.lib common
            .endl tt
            .lib ff
            .param vt=0.2
            .lib corners.lib common
            .endl
            .lib common
            .param k=2
            .endl
            """);
        var deck = Write("main.cir", "title\n.lib corners.lib FF\nv1 a 0 {vt*k}\n");
        Assert.That(DeckReader.Read(deck).Find<VoltageSource>("v1").Waveform.DcValue, Is.EqualTo(0.4));
        var other = Write("other.cir", "title\n.lib corners.lib ss\n");
        Assert.That(Code(other), Does.Contain("other.cir:2:18: error N103"));
    }

    [Test]
    public void Cycles_are_refused()
    {
        var deck = Write("main.cir", "title\n.include a.lib\n");
        Write("a.lib", ".include b.lib\n");
        Write("b.lib", ".param x=1\n.include a.lib\n");
        Assert.That(Code(deck), Does.Contain("b.lib:2:10: error N102"));
        Write("loop.lib", ".lib one\n.lib loop.lib two\n.endl\n.lib two\n.lib loop.lib one\n.endl\n");
        Assert.That(Code(Write("loop.cir", "title\n.lib loop.lib one\n")), Does.Contain("loop.lib:5:6: error N102"));
    }

    [Test]
    public void Repeated_inclusion_is_bounded()
    {
        for (var i = 0; i < 30; i++)
            Write($"f{i}.lib", $".include f{i + 1}.lib\n.include f{i + 1}.lib\n");
        Write("f30.lib", "* end\n");
        Assert.That(Code(Write("main.cir", "title\n.include f0.lib\n")), Does.Contain("N104"));
    }

    [Test]
    public void A_missing_deck_is_one_clear_line()
    {
        var e = Assert.Throws<BadInputException>(() => DeckReader.Read(Path.Combine(_folder, "none.cir")))!;
        Assert.That(e.Message, Is.EqualTo($"{_folder}/none.cir: there is no such deck"));
        Assert.That(() => DeckReader.Read(_folder), Throws.InstanceOf<BadInputException>());
        Assert.That(() => DeckReader.Read(""), Throws.InstanceOf<BadInputException>());
    }
}
