using System.Diagnostics;

namespace AgentOps.Cli;

/// <summary>Asks again while a process that should answer is being started again.</summary>
internal static class Patience
{
    private static readonly TimeSpan AskFor = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(700);

    /// <param name="ask">May be called several times: it reads, or carries a key that makes a repeat land on itself.</param>
    /// <exception cref="CommandFailedException">The refusal would not pass, or has not within a minute.</exception>
    public static async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken ct)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
            try
            {
                return await ask();
            }
            catch (CommandFailedException failed) when (failed.MayPass && Stopwatch.GetElapsedTime(start) < AskFor)
            {
                await Task.Delay(AskAgainAfter, ct);
            }
    }
}
