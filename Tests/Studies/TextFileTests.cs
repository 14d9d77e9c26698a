using AnalogAttention.Circuits;
using AnalogAttention.Studies;

namespace AnalogAttention.Tests.Studies;

public class TextFileTests
{
    [Test]
    public void Bytes_that_are_no_UTF_8_are_refused_by_name() =>
        Assert.That(() => TextFile.Decode("standard input", [0x63, 0xe9, 0x20]), Throws.TypeOf<BadInputException>().With.Message.StartsWith("standard input: not UTF-8"));

    [Test]
    public void A_byte_order_mark_is_no_text() =>
        Assert.That(TextFile.Decode("standard input", [0xef, 0xbb, 0xbf, 0xc3, 0xa9, 0x0a]), Is.EqualTo("é\n"));
}
