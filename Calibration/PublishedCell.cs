namespace AnalogAttention.Calibration;

/// <summary>The cell of the paper: the cubic it fitted to the V_in = 0.9 V slice, with the published array and read-out.</summary>
public static class PublishedCell
{
    public static string FilePath => Path.Combine(AppContext.BaseDirectory, "Cells", "published.json");

    public static CellModel Load() => CellFile.Read(FilePath);
}
