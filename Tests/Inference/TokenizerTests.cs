using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AnalogAttention.Circuits;
using AnalogAttention.Inference.Tokenizer;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace AnalogAttention.Tests.Inference;

public partial class TokenizerTests
{
    /// <summary>All bytes, then merges in order, then the special token.</summary>
    private static readonly string[] Merges = ["Ġ t", "h e", "Ġt he", "i n", "Ġ a", "a n", "l l", "o w", "e r", "Ã ©", "Ġ Ġ", "ĠĠ ĠĠ", "a a", "aa a", "aa aa"];

    private static BpeTokenizer Tokenizer { get; } = Create();

    [TestCase("Hello world", "Hello| world")]
    [TestCase("I'll we've he's don't I'm they're she'd", "I|'ll| we|'ve| he|'s| don|'t| I|'m| they|'re| she|'d")]
    [TestCase("it'S 'tis ' s", "it|'|S| '|tis| '| s")]
    [TestCase("a  b   c", "a| | b|  | c")]
    [TestCase("a \n b\n\n", "a| \n| b|\n\n")]
    [TestCase("tab\tx", "tab|\t|x")]
    [TestCase("  two", " | two")]
    [TestCase("end  ", "end|  ")]
    [TestCase("12abc 34,5!!", "12|abc| 34|,|5|!!")]
    [TestCase("x^2 + ½ = Ⅷ", "x|^|2| +| ½| =| Ⅷ")]
    [TestCase("naïve café über", "naïve| café| über")]
    [TestCase("e\u0301t", "e|\u0301|t")]                                        // a combining mark is no letter
    [TestCase("𝒳𝓎 𝟙𝟚 😀😀 a", "𝒳𝓎| 𝟙𝟚| 😀😀| a")]                            // letters, digits, symbols beyond the basic plane
    [TestCase("漢字かな 한국어", "漢字かな| 한국어")]
    [TestCase("a\u00a0b\u2003c\u0085d\u200be\ufefff", "a|\u00a0|b|\u2003|c|\u0085|d|\u200b|e|\ufeff|f")]
    public void WordsAreThoseOfGpt2(string text, string words) => Assert.That(string.Join('|', Split(text)), Is.EqualTo(words));

    /// <summary>.NET's expression sees UTF-16, so it is the judge within the basic plane only.</summary>
    [Test]
    public void WordsEqualTheExpressionWithinTheBasicPlane()
    {
        Gen<char> characters = Gen.OneOf(
            Gen.Elements(" \t\n\r'stremvld09!?-.\u00a0\u3000\u0085".ToCharArray()), Gen.Choose(0x20, 0x7e).Select(c => (char)c), Gen.Choose(0, 0xd7ff).Select(c => (char)c), Gen.Choose(0xe000, 0xffff).Select(c => (char)c));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(
            characters.ArrayOf().Select(c => new string(c)).ToArbitrary(),
            text => Split(text).SequenceEqual(Gpt2Expression().Matches(text).Select(m => m.Value))));
    }

    [Test]
    public void AnyUnicodeTextComesBack()
    {
        Gen<string> runes = Gen.OneOf(Gen.Choose(0, 0xd7ff), Gen.Choose(0xe000, 0x10ffff), Gen.Choose(0x20, 0x7e)).Select(c => new Rune(c).ToString());
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(
            runes.ArrayOf().Select(string.Concat).ToArbitrary(),
            text =>
            {
                int[] tokens = Tokenizer.Encode(text);
                var decoder = new StreamingDecoder(Tokenizer);
                string streamed = string.Concat(tokens.Select(decoder.Append)) + decoder.Flush();
                return Tokenizer.Decode(tokens) == text && streamed == text;
            }));
    }

    [Test]
    public void MergesEqualTheRepeatedSearchForTheLowestRank()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(
            Gen.Elements(" athenilowr".ToCharArray()).ArrayOf().Select(c => new string(c)).ToArbitrary(),
            text => Tokenizer.Encode(text).SequenceEqual(Split(text).SelectMany(MergeOneByOne))));
    }

    [Test]
    public void TheSpecialTokenIsOneTokenUnlessAskedOtherwise()
    {
        const string text = "a<|endoftext|><|endoftext|> the<|endoftext";
        int[] special = Tokenizer.Encode(text), plain = Tokenizer.Encode(text, specialTokens: false);
        Assert.Multiple(() =>
        {
            Assert.That(special.Count(t => t == Tokenizer.EndOfText), Is.EqualTo(2));
            Assert.That(plain, Has.None.EqualTo(Tokenizer.EndOfText));
            Assert.That(Tokenizer.Decode(special), Is.EqualTo(text));
            Assert.That(Tokenizer.Decode(plain), Is.EqualTo(text));
        });
    }

    /// <summary>As transformers does with an <c>added_tokens.json</c>: found before the split, longest first, no white space taken along.</summary>
    [Test]
    public void AddedTokensAreFoundInTheTextLongestFirst()
    {
        int first = Tokens().Count, end = Tokens()["<|endoftext|>"];
        using var folder = new TemporaryFolder();
        Write(folder.Path);
        File.WriteAllText(folder.File("added_tokens.json"), $$"""{"<|endoftext|>": {{end}}, "<pad>": {{first}}, "<pad>é": {{first + 1}}, "he": {{Tokens()["he"]}}, "gap": {{first + 4}}}""");
        var tokenizer = BpeTokenizer.Load(folder.Path);
        const string text = "a <pad>é <pad><|endoftext|>the<pad";
        int[] tokens = tokenizer.Encode(text);
        int[] expected = [.. Tokenizer.Encode("a "), first + 1, .. Tokenizer.Encode(" "), first, end, .. Tokenizer.Encode("t"), Tokens()["he"], .. Tokenizer.Encode("<pad")];
        Assert.Multiple(() =>
        {
            Assert.That(tokens, Is.EqualTo(expected));
            Assert.That(tokenizer.Decode(tokens), Is.EqualTo(text));
            Assert.That(tokenizer.Encode(text, specialTokens: false), Has.None.GreaterThanOrEqualTo(end));
            Assert.That(tokenizer.EndOfText, Is.EqualTo(end));
            Assert.That(tokenizer.Vocabulary, Is.EqualTo(first + 5));
        });
    }

    [Test]
    public void ACharacterAppearsWithTheTokenThatCompletesIt()
    {
        int[] tokens = Tokenizer.Encode("😀é");
        var decoder = new StreamingDecoder(Tokenizer);
        Assert.Multiple(() =>
        {
            Assert.That(tokens.Select(decoder.Append), Is.EqualTo(new[] { "", "", "", "😀", "é" }));
            Assert.That(decoder.Append(tokens[0]) + decoder.Flush(), Is.EqualTo("\ufffd"));
            Assert.That(Tokenizer.Encode("\ud800"), Is.EqualTo(Tokenizer.Encode("\ufffd")), "a lone surrogate");
        });
    }

    [Test]
    public void OneWordOfAMillionLettersTakesNoSquareTime()
    {
        var clock = Stopwatch.StartNew();
        int[] tokens = Tokenizer.Encode(new string('a', 1_000_000));
        // n log n takes half a second here; a quadratic search would take hours.
        Assert.Multiple(() =>
        {
            Assert.That(tokens, Has.Length.EqualTo(250_000));
            Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(20)));
        });
    }

    [TestCase("vocab.json", "[]", "expected a JSON object")]
    [TestCase("vocab.json", "{\"a\": 1", "not valid JSON")]
    [TestCase("vocab.json", "{\"a\": -1}", "id -1")]
    [TestCase("vocab.json", "{\"a\": 1, \"b\": 1}", "twice")]
    [TestCase("vocab.json", "{\"a\": 1}", "byte 0x00")]
    [TestCase("merges.txt", "#version: 0.2\na\n", "merges.txt:2")]
    [TestCase("merges.txt", "h e\nx y\n", "merges.txt:2: 'xy' is not in the vocabulary")]
    [TestCase("merges.txt", "h e\nh e\n", "merges.txt:2")]
    [TestCase("added_tokens.json", "[]", "expected a JSON object")]
    [TestCase("added_tokens.json", "{\"\": 5000}", "the token of id 5000 is empty")]
    [TestCase("added_tokens.json", "{\"<pad>\": 0}", "another in the vocabulary")]
    [TestCase("added_tokens.json", "{\"he\": 5000}", "another in the vocabulary")]
    public void ABadFileIsNamedWithItsPlace(string file, string text, string message)
    {
        using var folder = new TemporaryFolder();
        Write(folder.Path);
        File.WriteAllText(folder.File(file), text);
        Assert.That(() => BpeTokenizer.Load(folder.Path), Throws.TypeOf<BadInputException>().With.Message.Contains(message).And.Message.Contains(file).And.Message.Not.Contains("\n"));
    }

    [Test]
    public void ATokenBeyondTheVocabularyIsRefused() =>
        Assert.That(() => Tokenizer.Decode([Tokenizer.Vocabulary]), Throws.TypeOf<BadInputException>().With.Message.Contains("not in the vocabulary"));

    private static List<string> Split(string text)
    {
        var words = new List<string>();
        for (var at = 0; at < text.Length; at += words[^1].Length)
            words.Add(text.Substring(at, PreTokenizer.WordLength(text.AsSpan(at))));
        return words;
    }

    /// <summary>openai/gpt-2's own order of work: merge every occurrence of the pair of lowest rank, again and again.</summary>
    private static IEnumerable<int> MergeOneByOne(string word)
    {
        List<string> parts = [.. word.Select(c => c == ' ' ? "Ġ" : c.ToString())];
        while (true)
        {
            int best = Enumerable.Range(0, Math.Max(0, parts.Count - 1)).Select(i => Array.IndexOf(Merges, parts[i] + " " + parts[i + 1])).Where(r => r >= 0).DefaultIfEmpty(-1).Min();
            if (best < 0)
                return parts.Select(p => Tokens()[p]);
            for (var i = 0; i + 1 < parts.Count; i++)
                if (parts[i] + " " + parts[i + 1] == Merges[best])
                {
                    parts[i] += parts[i + 1];
                    parts.RemoveAt(i + 1);
                }
        }
    }

    private static Dictionary<string, int> Tokens()
    {
        var tokens = new Dictionary<string, int>();
        var next = 256;
        for (var b = 0; b < 256; b++)
            tokens.Add(((char)(b is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255) ? b : next++)).ToString(), b);
        foreach (string merge in Merges)
            tokens.TryAdd(merge.Replace(" ", ""), tokens.Count);
        tokens.Add("<|endoftext|>", tokens.Count);
        return tokens;
    }

    private static void Write(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "vocab.json"), JsonSerializer.Serialize(Tokens()));
        File.WriteAllText(Path.Combine(folder, "merges.txt"), "#version: 0.2\n" + string.Join('\n', Merges) + "\n");
    }

    private static BpeTokenizer Create()
    {
        using var folder = new TemporaryFolder();
        Write(folder.Path);
        return BpeTokenizer.Load(folder.Path);
    }

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    private static partial Regex Gpt2Expression();
}
