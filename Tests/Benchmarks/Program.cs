using AnalogAttention.Benchmarks;

// peers side by side on one core
if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows())
    System.Diagnostics.Process.GetCurrentProcess().ProcessorAffinity = 1;
if (args is ["kernels"])
    Kernels.Run(Console.Out);
else
    SmallDeck.Run(Console.Out);
