using AnalogAttention.Benchmarks;

// peers side by side on one core
if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows())
    System.Diagnostics.Process.GetCurrentProcess().ProcessorAffinity = 1;
SmallDeck.Run(Console.Out);
