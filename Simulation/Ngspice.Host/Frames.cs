using System.Text;

namespace AnalogAttention.NgspiceHost;

/// <summary>
/// What the host and its caller say to each other over two pipes. The caller sends a deck with one analysis; the host answers any number of
/// progress frames, then one frame of plots. Before the first deck the host sends one hello. Numbers are little-endian, texts have a length in front.
/// </summary>
public enum FrameKind : byte { Hello = 1, Progress = 2, Plots = 3 }

/// <summary>A vector of a plot; <paramref name="Values"/> holds pairs of real and imaginary part where <paramref name="IsComplex"/>.</summary>
public sealed record HostVector(string Name, VectorType Type, bool IsComplex, double[] Values);

/// <summary>ngspice's numbers for what a vector measures.</summary>
public enum VectorType { None = 0, Time = 1, Frequency = 2, Voltage = 3, Current = 4 }

/// <summary>A plot with its name (<c>tran1</c>), abscissa first.</summary>
public sealed record HostPlot(string Name, IReadOnlyList<HostVector> Vectors);

/// <summary>Everything one deck gave: its plots and the lines that ngspice printed.</summary>
/// <param name="IsAlive">False where ngspice wants to end: the host does.</param>
public sealed record HostReply(bool IsAlive, IReadOnlyList<HostPlot> Plots, IReadOnlyList<string> Printed);

/// <summary>Reads and writes the frames.</summary>
public static class Frames
{
    public static void WriteDeck(BinaryWriter to, string deck)
    {
        var bytes = Encoding.UTF8.GetBytes(deck);
        to.Write(bytes.Length);
        to.Write(bytes);
        to.Flush();
    }

    /// <returns>Null at the end of the stream.</returns>
    public static string? ReadDeck(BinaryReader from)
    {
        try
        {
            return Encoding.UTF8.GetString(from.ReadBytes(from.ReadInt32()));
        }
        catch (EndOfStreamException)
        {
            return null;
        }
    }

    /// <param name="library">Path of the library in use; empty where there is none, then <paramref name="version"/> says why.</param>
    public static void WriteHello(BinaryWriter to, string library, string version)
    {
        to.Write((byte)FrameKind.Hello);
        to.Write(library);
        to.Write(version);
        to.Flush();
    }

    public static void WriteProgress(BinaryWriter to, double part)
    {
        to.Write((byte)FrameKind.Progress);
        to.Write(part);
        to.Flush();
    }

    public static void Write(BinaryWriter to, HostReply reply)
    {
        to.Write((byte)FrameKind.Plots);
        to.Write(reply.IsAlive);
        to.Write(reply.Plots.Count);
        foreach (var plot in reply.Plots)
        {
            to.Write(plot.Name);
            to.Write(plot.Vectors.Count);
            foreach (var vector in plot.Vectors)
            {
                to.Write(vector.Name);
                to.Write((byte)vector.Type);
                to.Write(vector.IsComplex);
                to.Write(vector.Values.Length);
                to.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(vector.Values.AsSpan()));
            }
        }
        to.Write(reply.Printed.Count);
        foreach (var line in reply.Printed)
            to.Write(line);
        to.Flush();
    }

    /// <exception cref="EndOfStreamException">The host is gone.</exception>
    public static (string Library, string Version) ReadHello(BinaryReader from) =>
        (FrameKind)from.ReadByte() == FrameKind.Hello ? (from.ReadString(), from.ReadString()) : throw new InvalidDataException("the host does not say hello");

    /// <exception cref="EndOfStreamException">The host is gone.</exception>
    public static HostReply ReadReply(BinaryReader from, Action<double> progress)
    {
        while (true)
        {
            switch ((FrameKind)from.ReadByte())
            {
                case FrameKind.Progress:
                    progress(from.ReadDouble());
                    break;
                case FrameKind.Plots:
                    return new HostReply(from.ReadBoolean(), Many(from, ReadPlot), Many(from, f => f.ReadString()));
                default:
                    throw new InvalidDataException("the host sends what is no frame");
            }
        }
    }

    private static HostPlot ReadPlot(BinaryReader from) => new(from.ReadString(), Many(from, ReadVector));

    private static HostVector ReadVector(BinaryReader from)
    {
        var (name, type, isComplex) = (from.ReadString(), (VectorType)from.ReadByte(), from.ReadBoolean());
        var values = new double[from.ReadInt32()];
        var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan());
        from.ReadExactly(bytes);
        return new HostVector(name, type, isComplex, values);
    }

    private static List<T> Many<T>(BinaryReader from, Func<BinaryReader, T> read)
    {
        var items = new List<T>();
        for (var count = from.ReadInt32(); count > 0; count--)
            items.Add(read(from));
        return items;
    }
}
