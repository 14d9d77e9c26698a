using AnalogAttention.Circuits;
using AnalogAttention.Simulation;

namespace AnalogAttention.Cli;

/// <summary>The exit codes of every command, and the one place that maps failures to them.</summary>
internal static class ExitCode
{
    public const int Done = 0, CheckFailed = 1, Usage = 2, BadInput = 3, NoConvergence = 4, Environment = 5, Cancelled = 130;

    public static async Task<int> Of(Func<Task<int>> command)
    {
        try
        {
            return await command();
        }
        catch (UsageException e)
        {
            return Fail(e.Message, Usage);
        }
        catch (BadInputException e)
        {
            return Fail(e.Message, BadInput);
        }
        catch (ConvergenceException e)
        {
            return Fail(e.Message, NoConvergence);
        }
        catch (OperationCanceledException)
        {
            return Fail("cancelled", Cancelled);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or EngineAbsentException)
        {
            return Fail(e.Message, Environment);
        }
    }

    private static int Fail(string message, int code)
    {
        Console.Error.WriteLine($"analog-attention: {message}");
        return code;
    }
}

/// <summary>Options that contradict each other or name nothing (exit code 2).</summary>
internal sealed class UsageException(string message) : Exception(message);
