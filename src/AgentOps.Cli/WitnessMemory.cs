using System.Security.Cryptography;
using System.Text;
using AgentOps.Artifacts;
using AgentOps.Proofs;

namespace AgentOps.Cli;

/// <summary>What a witness remembers, the newest checkpoint of each log and nothing else, and what it answers by it. A folder has one at a time: two could cosign two pasts.</summary>
/// <param name="logs">The keys of the logs that it witnesses.</param>
/// <exception cref="IOException">It cannot have this folder for itself, as where another witness has it.</exception>
public sealed class WitnessMemory(string folder, IReadOnlyList<NoteKey> logs, string name, ECDsa key, TimeProvider time) : IDisposable
{
    private readonly Lock _one = new();
    private readonly FileStream _alone = Alone(folder);

    /// <summary>Judges a request; what is accepted is on the disk before it is answered.</summary>
    /// <exception cref="FormatException">It is no request.</exception>
    public WitnessAnswer Add(string body)
    {
        var request = WitnessRequest.Parse(body);
        // Between the look at the last checkpoint and the new one in its place nobody may come.
        lock (_one)
        {
            var answer = WitnessRules.Answer(request, logs, Last(WitnessRules.OriginOf(request.Note)));
            if (answer.Accepted is not { } accepted)
                return answer;
            DurableFile.Replace(FileOf(accepted.Origin), accepted.Text, DurableFile.Private);
            return answer with { Body = SignedNote.Line(CosignatureKey.Cosign(name, key, accepted.Text, time.GetUtcNow())) };
        }
    }

    public void Dispose() => _alone.Dispose();

    private static FileStream Alone(string folder)
    {
        try
        {
            return new(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException held) when (held is not DirectoryNotFoundException)
        {
            throw new IOException($"it cannot have the folder {folder} for itself, which another witness may have: {held.Message}", held);
        }
    }

    private Checkpoint? Last(string origin) => File.Exists(FileOf(origin)) ? Checkpoint.Parse(File.ReadAllText(FileOf(origin))) : null;

    private string FileOf(string origin) => Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin))) + ".checkpoint");
}
