using System.Text.Json;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Subjects;

namespace AgentOps.Hosting;

/// <summary>Reads slices of token artifacts, keeping the artifact at hand that was read last: trajectories come in the order of their shards.</summary>
public sealed class ShardTokens(ArtifactStore artifacts, SubjectKeys subjects)
{
    private (Digest Artifact, byte[] Content)? _last;

    /// <param name="subject">Whose data it is; null: nobody's.</param>
    /// <exception cref="FormatException">The slice lies outside of its artifact.</exception>
    /// <exception cref="SubjectUnreadableException">The subject was erased, or its key is not there.</exception>
    public async Task<SampledTokens> ReadAsync(TokenSlice slice, string? subject, CancellationToken ct)
    {
        if (_last?.Artifact != slice.Artifact)
            _last = (slice.Artifact, await artifacts.ReadAsync(slice.Artifact, ct));
        var content = _last!.Value.Content;
        if (slice.Offset < 0 || slice.Length < 0 || slice.Offset + slice.Length > content.Length)
            throw new FormatException($"The tokens at {slice.Offset}+{slice.Length} lie outside of the artifact {slice.Artifact}.");
        var line = content.AsSpan((int)slice.Offset, slice.Length);
        return JsonSerializer.Deserialize<SampledTokens>(subject is null ? line : subjects.DecryptTokens(subject, line), EventRegistry.Json)!;
    }
}
