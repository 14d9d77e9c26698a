using AnalogAttention.Calibration.Extraction;
using AnalogAttention.Circuits;

namespace AnalogAttention.Tests.Calibration.Extraction;

public class MeasuredTableTests
{
    private const string Header = "V_store [V],V_in [V],I_out [A]\n";
    private const string Good = Header + "0,0.45,0\n0,0.9,-1e-5\n0.9,0.45,0\n0.9,0.9,1e-5\n";

    private static MeasuredTable Read(string text)
    {
        using var folder = new TemporaryFolder();
        return MeasuredTable.Read(folder.Write("iv.csv", text));
    }

    [TestCase("V_store [V],V_in [V],I_out [A]", "0.9,0.9,1e-5")]
    [TestCase("v_store_mV,v_in_mV,i_out_uA", "900,900,10")]
    [TestCase("V_store (mV), V_in [V], I_out [nA]", "900,0.9,10000")]
    public void Units_stand_in_the_header(string header, string last)
    {
        bool milliStore = header.Contains("store (mV", StringComparison.Ordinal) || header.Contains("store_mV", StringComparison.Ordinal), milliIn = header.Contains("in_mV", StringComparison.Ordinal);
        string idle = milliIn ? "450" : "0.45", full = milliIn ? "900" : "0.9", high = milliStore ? "900" : "0.9";
        var table = Read($"{header}\n0,{idle},0\n0,{full},0\n{high},{idle},0\n{last}\n").Transfer;
        Assert.Multiple(() =>
        {
            Assert.That(table.StoreVolts, Is.EqualTo(new[] { 0, 0.9 }).Within(1e-15));
            Assert.That(table.InputVolts, Is.EqualTo(new[] { 0.45, 0.9 }).Within(1e-15));
            Assert.That(table.FullRead[1], Is.EqualTo(1e-5).Within(1e-19));
        });
    }

    [Test]
    public void Either_axis_may_run_first_and_columns_may_stand_in_any_order_beside_others()
    {
        var swapped = Read("note,I_out [A],V_in [V],V_store [V]\na,0,0.45,0\nb,0,0.45,0.9\nc,-1e-5,0.9,0\nd,1e-5,0.9,0.9\n").Transfer;
        Assert.That(swapped.Amperes, Is.EqualTo(Read(Good).Transfer.Amperes));
    }

    [TestCase("", "iv.csv:1: the table is empty")]
    [TestCase("V_store [V],V_in [V]\n0,0.45\n", "iv.csv:1: no column i_out")]
    [TestCase("a,b,c\n0,0,0\n", "iv.csv:1: no column v_store, v_in, i_out")]
    [TestCase("V_store [V],V_in [V],I_out [furlong]\n0,0.45,0\n", "iv.csv:1: column i_out has the unit 'furlong'")]
    [TestCase("V_store [V],V_in [V],I_out\n0,0.45,0\n", "iv.csv:1: column i_out has the unit ''")]
    [TestCase("V_store [V],V_in [V],I_out [A],I_out [A]\n0,0.45,0,0\n", "iv.csv:1: two columns i_out")]
    [TestCase(Header + "0,0.45,0\n0,0.9,NaN\n", "iv.csv:3: i_out is 'NaN'")]
    [TestCase(Header + "0,0.45,0\n0,0.9,inf\n", "iv.csv:3: i_out is 'inf'")]
    [TestCase(Header + "0,0.45,0\n0,banana,1e-6\n", "iv.csv:3: v_in is 'banana'")]
    [TestCase(Header + "0,0.45,0\n0,0.9\n", "iv.csv:3: 2 fields, the header has 3")]
    [TestCase(Header + "0,0.45,0\n0,0.9,-10\n", "iv.csv:3: i_out is -10 A: is the unit")]
    [TestCase(Header + "0,450,0\n", "iv.csv:2: v_in is 450 V: is the unit")]
    [TestCase(Header + "0,0.45,0\n0,0.9,-1e-5\n", "2 points are no table")]
    [TestCase(Header, "0 points are no table")]
    [TestCase(Header + "0,0.45,0\n0,0.9,-1e-5\n0,0.9,-1e-5\n0.9,0.45,0\n", "iv.csv:4: the point of line 3 once more")]
    [TestCase(Header + "0,0.45,0\n0,0.9,-1e-5\n0,0.6,-1e-6\n0.9,0.45,0\n", "iv.csv:4: v_in falls to 0.6 V")]
    [TestCase(Header + "0.9,0.45,0\n0.9,0.9,1e-5\n0,0.45,0\n0,0.9,-1e-5\n", "iv.csv:4: v_store falls to 0 V")]
    [TestCase(Header + "0,0.45,0\n0,0.9,-1e-5\n0.9,0.45,0\n0.9,0.8,1e-5\n", "iv.csv:4: v_store 0.9 V has other v_in points than line 2")]
    [TestCase(Header + "0,0.45,0\n0,0.5,0\n0,0.7,0\n0,0.9,0\n", "one value of v_store")]
    [TestCase(Header + "0,0.5,0\n0,0.9,-1e-5\n0.9,0.5,0\n0.9,0.9,1e-5\n", "no v_in at the idle read level")]
    public void Tables_that_are_none_are_one_line_with_their_place(string text, string expected)
    {
        var error = Assert.Throws<BadInputException>(() => Read(text));
        Assert.That(error!.Message, Does.Contain(expected).And.Contain("iv.csv").And.Not.Contain("\n"));
    }

    [Test]
    public void A_missing_table_is_named() =>
        Assert.That(() => MeasuredTable.Read("no/such.csv"), Throws.TypeOf<BadInputException>().With.Message.StartsWith("no/such.csv"));
}
