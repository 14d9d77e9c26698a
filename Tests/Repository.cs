namespace AnalogAttention.Tests;

/// <summary>Places beside the tests.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Fixture(params string[] parts) => Path.Combine([AppContext.BaseDirectory, "Fixtures", .. parts]);

    /// <summary>A file of the data folder that lies beside a checkout; the test is skipped where it is absent.</summary>
    public static string SharedData(string name)
    {
        var path = Path.Combine(Root, "..", "shared", "data", name);
        Assume.That(File.Exists(path), $"needs {name} in ../shared/data beside the checkout");
        return path;
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "AnalogAttention.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException("the tests do not run inside the repository");
    }
}
