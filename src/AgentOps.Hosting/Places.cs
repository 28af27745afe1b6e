using Microsoft.AspNetCore.Http;

namespace AgentOps.Hosting;

/// <summary>Lets only so many do at once what takes a lot of room; the others wait a while and are told to ask again.</summary>
/// <param name="kind">The refusal's, such as <c>evidence-under-way</c>.</param>
/// <param name="what">What all of them do, for the refusal: such as <c>4 bundles are being written</c>.</param>
/// <param name="patience">How long others wait; 20 s where nothing else is said.</param>
public sealed class Places(int most, string kind, string what, TimeSpan? patience = null) : IDisposable
{
    private readonly TimeSpan _patience = patience ?? TimeSpan.FromSeconds(20);
    private readonly SemaphoreSlim _free = new(most, most);

    /// <returns>A place, which is free again when it is disposed of, once.</returns>
    /// <exception cref="ProblemException">Nobody was done in time (503).</exception>
    public async Task<IDisposable> TakeAsync(CancellationToken ct) => await _free.WaitAsync(_patience, ct)
        ? new Place(_free)
        : throw new ProblemException(StatusCodes.Status503ServiceUnavailable, kind, $"{what} for others: ask again when one is done.");

    public void Dispose() => _free.Dispose();

    private sealed class Place(SemaphoreSlim free) : IDisposable
    {
        public void Dispose() => free.Release();
    }
}
