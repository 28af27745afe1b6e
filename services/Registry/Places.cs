using AgentOps.Hosting;
using Microsoft.AspNetCore.Http;

namespace AgentOps.Registry;

/// <summary>Lets only so many do at once what takes a lot of memory; the others wait a while and are told to ask again.</summary>
/// <param name="what">What is done, for the refusal: such as <c>models are being compared</c>.</param>
/// <param name="patience">How long others wait; 20 s where nothing else is said.</param>
internal sealed class Places(int most, string what, TimeSpan? patience = null) : IDisposable
{
    private readonly TimeSpan _patience = patience ?? TimeSpan.FromSeconds(20);
    private readonly SemaphoreSlim _free = new(most, most);

    /// <exception cref="ProblemException">Nobody was done in time (503).</exception>
    public async Task<T> InAsync<T>(Func<Task<T>> work, CancellationToken ct)
    {
        if (!await _free.WaitAsync(_patience, ct))
            throw new ProblemException(StatusCodes.Status503ServiceUnavailable, "busy", $"Already {most} {what} for others: ask again when one is done.");
        try
        {
            return await work();
        }
        finally
        {
            _free.Release();
        }
    }

    public void Dispose() => _free.Dispose();
}
