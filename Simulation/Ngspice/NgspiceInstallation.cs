using System.Collections.Concurrent;

namespace AnalogAttention.Simulation.Ngspice;

/// <summary>
/// Finds an ngspice that can do what is asked of it: the library where there is one, else the program. The environment variable
/// <c>ANALOG_ATTENTION_NGSPICE</c> decides otherwise: <c>library</c>, <c>program</c>, or the path of either.
/// </summary>
internal static class NgspiceInstallation
{
    public const string Variable = "ANALOG_ATTENTION_NGSPICE";

    /// <summary>Names under which the library is installed, by the rules of the dynamic linker.</summary>
    private static readonly string[] _libraries = ["libngspice.so.0", "libngspice.so", "libngspice.0.dylib", "libngspice.dylib", "ngspice.dll"];

    private static readonly ConcurrentDictionary<string, Lazy<INgspice>> _found = new(StringComparer.Ordinal);

    /// <param name="choice">As the value of <see cref="Variable"/>; null takes that.</param>
    /// <exception cref="EngineAbsentException">There is none, or none that works.</exception>
    public static INgspice Find(string? choice) =>
        _found.GetOrAdd(choice ?? Environment.GetEnvironmentVariable(Variable) ?? "", c => new Lazy<INgspice>(() => Open(c))).Value;

    private static INgspice Open(string choice) => choice switch
    {
        "" => LibraryOrProgram(),
        "library" => Probed(new NgspiceLibrary(_libraries)),
        "program" => Probed(new NgspiceProgram("ngspice")),
        _ when !File.Exists(choice) => throw new EngineAbsentException($"{Variable}={choice}: expected library, program or the path of one of them; there is no such file"),
        _ when IsLibrary(choice) => Probed(new NgspiceLibrary(Path.GetFullPath(choice))),
        _ => Probed(new NgspiceProgram(Path.GetFullPath(choice))),
    };

    private static INgspice LibraryOrProgram()
    {
        try
        {
            return Probed(new NgspiceLibrary(_libraries));
        }
        catch (EngineAbsentException noLibrary)
        {
            try
            {
                return Probed(new NgspiceProgram("ngspice"));
            }
            catch (EngineAbsentException noProgram)
            {
                throw new EngineAbsentException($"engine 'ngspice': neither its library nor its program works here: {noLibrary.Message}; {noProgram.Message}");
            }
        }
    }

    private static bool IsLibrary(string path) =>
        Path.GetFileName(path) is var name && (name.Contains(".so", StringComparison.Ordinal) || Path.GetExtension(name).ToLowerInvariant() is ".dll" or ".dylib");

    private const string Probe = """
        behavioural sources, a transient, a selection of vectors
        v1 a 0 1
        b1 x1.b 0 v=v(a)>0 ? 2*atanh(exp(-v(a))/(2+exp(-v(a)))) : v(a)
        r1 x1.b 0 1k
        c1 x1.b 0 1p
        .save v(x1.b)
        .tran 1n 10n
        .end

        """;

    private static INgspice Probed(INgspice ngspice)
    {
        var output = ngspice.Run(Probe, _ => { }, CancellationToken.None);
        return output.Plots is [{ Columns: [{ Name: "time" } time, { Name: "v(x1.b)" } volts] }] && time.Values[^1] >= 10e-9 * (1 - 1e-9) && Math.Abs(volts.Values[^1] - Math.Log(1 + Math.Exp(-1))) < 1e-6
            ? ngspice
            : throw new EngineAbsentException($"ngspice {ngspice.Version} ({ngspice.Location}) does not do what is needed: {output.Printed.FirstOrDefault() ?? "it delivers nothing"}");
    }
}
