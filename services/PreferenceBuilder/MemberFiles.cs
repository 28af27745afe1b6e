using System.Collections.Concurrent;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;

namespace AgentOps.PreferenceBuilder;

/// <summary>
/// The lists of members in the artifact store, which may have a line for each of a million samples: whole for a proof, in parts for a page. A list of which a part is asked for is
/// hashed once and remembered by its file's length and time of writing; with another of these, or once it was forgotten, it is hashed again, and refused where it has changed.
/// Bytes that went bad under the same time of writing are not seen by a page. A proof hashes what it reads, each time.
/// </summary>
/// <param name="patience">How long a reader waits while others read whole lists; 20 s where nothing else is said.</param>
public sealed class MemberFiles(ArtifactStore artifacts, TimeSpan? patience = null) : IDisposable
{
    public const int MostWholeAtOnce = 4;
    private const int MostRemembered = 1_000;
    private readonly Places _places = new(MostWholeAtOnce, "members-being-read", $"{MostWholeAtOnce} lists of members are being read whole", patience);
    private readonly ConcurrentDictionary<Digest, Written> _verified = new();

    /// <summary>What follows from a whole list. That takes its room until it is there.</summary>
    /// <exception cref="ProblemException">Too many are read for others.</exception>
    /// <exception cref="ArtifactMissingException">There is no such list.</exception>
    /// <exception cref="ArtifactCorruptException">It is not the list of that digest.</exception>
    /// <exception cref="FormatException">It is no list of members.</exception>
    public async Task<T> OfWholeAsync<T>(Digest list, Func<MemberList, T> what, CancellationToken ct)
    {
        using var place = await _places.TakeAsync(ct);
        return what(MemberList.Read(await artifacts.ReadAsync(list, ct)));
    }

    /// <inheritdoc cref="MemberList.ReadPartAsync"/>
    /// <exception cref="ProblemException">It has to be hashed first, and too many are read for others.</exception>
    /// <exception cref="ArtifactMissingException">There is no such list.</exception>
    /// <exception cref="ArtifactCorruptException">It is not the list of that digest.</exception>
    public async Task<(int All, MemberList Part)> PartAsync(Digest list, int first, int most, CancellationToken ct)
    {
        await using var file = Known(list) ?? await VerifiedAsync(list, ct);
        return await MemberList.ReadPartAsync(file, first, most, ct);
    }

    public void Dispose() => _places.Dispose();

    private FileStream? Known(Digest list)
    {
        try
        {
            return _verified.TryGetValue(list, out var written) && written == Written.Of(artifacts.PathOf(list)) ? File.OpenRead(artifacts.PathOf(list)) : null;
        }
        catch (FileNotFoundException)
        {
            // It was removed in this moment; the store says so.
            return null;
        }
    }

    private async Task<Stream> VerifiedAsync(Digest list, CancellationToken ct)
    {
        using var place = await _places.TakeAsync(ct);
        // Somebody else hashed it while this one waited.
        if (Known(list) is { } known)
            return known;
        // Before it is read: what is written meanwhile has another time.
        var written = Written.Of(artifacts.PathOf(list));
        var file = await artifacts.OpenAsync(list, ct);
        if (_verified.Count >= MostRemembered)
            _verified.Clear();
        if (written is not null)
            _verified[list] = written;
        return file;
    }

    private sealed record Written(long Length, DateTime At)
    {
        /// <returns>Null where there is no such file.</returns>
        public static Written? Of(string path) => new FileInfo(path) is { Exists: true } file ? new(file.Length, file.LastWriteTimeUtc) : null;
    }
}
