using AnalogAttention.Circuits;
using AnalogAttention.Inference.Tokenizer;
using AnalogAttention.Studies;

namespace AnalogAttention.Tests.Studies;

public class LastWordFileTests
{
    private static readonly BpeTokenizer Tokenizer = ModelPair.Embedded().Tokenizer;

    [Test]
    public void The_word_after_the_last_space_is_to_predict_and_the_space_is_part_of_it()
    {
        using var folder = new TemporaryFolder();
        var examples = LastWordFile.Read(folder.Write("passages.jsonl", "{\"text\": \"The cat sat on the mat\", \"source\": 7}\n\n{\"text\": \"no more, he said. \"}\n"), Tokenizer);
        Assert.That(examples, Has.Count.EqualTo(2));
        string Text(int example, Range range) => Tokenizer.Decode([.. examples[example].Tokens.ToArray()[range]]);
        Assert.That((Text(0, ..examples[0].Given), Text(0, examples[0].Given..)), Is.EqualTo(("The cat sat on the", " mat")));
        Assert.That((Text(1, ..examples[1].Given), Text(1, examples[1].Given..)), Is.EqualTo(("no more, he", " said.")));
    }

    [TestCase("", "no examples")]
    [TestCase("{\"text\": \"two words\"}\n{\"text\": 1}\n", ":2: expected an object with a string 'text'")]
    [TestCase("[1]\n", ":1: expected an object")]
    [TestCase("{\"text\": \"a b\"\n", ":1:")]
    [TestCase("{\"text\": \"word\"}\n", ":1: the text is a single word")]
    [TestCase("{\"text\": \" word\"}\n", ":1: the text is a single word")]
    public void What_is_no_passage_is_refused_with_its_line(string text, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("passages.jsonl", text);
        Assert.That(() => LastWordFile.Read(path, Tokenizer), Throws.TypeOf<BadInputException>().With.Message.StartsWith(path).And.Message.Contains(expected));
    }
}
