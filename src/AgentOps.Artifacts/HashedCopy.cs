using System.Buffers;
using System.Security.Cryptography;
using AgentOps.Contracts;

namespace AgentOps.Artifacts;

/// <summary>Copies a stream into a new synced file and says what went through.</summary>
internal static class HashedCopy
{
    private const int ChunkBytes = 1 << 20;

    public static async Task<(Digest Digest, long Size)> ToFileAsync(Stream content, string path, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            await using var file = DurableFile.Create(path);
            long size = 0;
            for (int read; (read = await content.ReadAsync(chunk.AsMemory(0, ChunkBytes), ct)) > 0; size += read)
            {
                hash.AppendData(chunk, 0, read);
                await file.WriteAsync(chunk.AsMemory(0, read), ct);
            }
            file.Flush(flushToDisk: true);
            return (Digest.FromHash(hash.GetHashAndReset()), size);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }
}
