using System.Text;

namespace AgentOps.Environments;

/// <summary>Where random numbers start. Within one environment two tasks never share a seed: split and index are packed side by side and mixed by a bijection.</summary>
public static class Seed
{
    /// <summary>The largest index of a task: 62 bits less one, so that the split fits beside it.</summary>
    public const long LastIndex = 1L << 61;

    public static ulong Of(TaskId task) => Rng.Mix(Of(task.Environment) + Rng.Mix(((ulong)task.Index << 2) | (ulong)task.Split));

    /// <summary>The seed of one choice among many of a task: a policy's sampling at some turn, for example.</summary>
    public static ulong Of(TaskId task, long seed, int turn) => Rng.Mix(Rng.Mix(Of(task) ^ Rng.Mix((ulong)seed)) + (ulong)turn);

    /// <summary>FNV-1a of the text's UTF-8 bytes, mixed; <c>string.GetHashCode</c> differs from process to process.</summary>
    public static ulong Of(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var b in Encoding.UTF8.GetBytes(text))
            hash = (hash ^ b) * 1099511628211UL;
        return Rng.Mix(hash);
    }
}
