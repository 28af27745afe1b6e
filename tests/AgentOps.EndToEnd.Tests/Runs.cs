using System.Net;
using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.EndToEnd.Tests;

/// <summary>Runs as a user has them: submitted as a file, watched until they end.</summary>
public static class Runs
{
    public static string File(string name) => System.IO.File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "pipelines", name));

    public static async Task<Guid> SubmitAsync(this Stack stack, string file) =>
        (await stack.Admin.SubmitAsync(File(file))).Is(HttpStatusCode.Accepted).Json.GetProperty("id").GetGuid();

    /// <summary>The run's facts once it has ended.</summary>
    public static async Task<IReadOnlyList<StoredEvent>> EndOfAsync(this Stack stack, Guid run)
    {
        await stack.Facts.WaitForAsync($"the end of run {run}", run, e => e is RunSucceeded or RunFailed or RunCancelled);
        return await stack.Facts.OfRunAsync(run);
    }

    /// <summary>The model <c>online-base</c>, which other pipelines start from, is there or is made.</summary>
    public static async Task HasOnlineBaseAsync(this Stack stack)
    {
        if ((await stack.Admin.GetAsync("/api/v1/models/online-base")).Status == HttpStatusCode.NotFound)
            Assert.Single((await stack.EndOfAsync(await stack.SubmitAsync("online-base.yaml"))).Of<RunSucceeded>());
    }

    public static IReadOnlyList<T> Of<T>(this IEnumerable<StoredEvent> facts) where T : IEvent => [.. facts.Select(f => f.Data).OfType<T>()];

    /// <summary>The evidence bundle of a model version, an alias or a deployment.</summary>
    /// <param name="of">Such as <c>models/small-agent/versions/1</c>.</param>
    public static async Task<byte[]> EvidenceAsync(this Stack stack, string of)
    {
        using var http = new HttpClient { DefaultRequestHeaders = { { "X-Api-Key", await stack.AdminKeyAsync() } } };
        return await http.GetByteArrayAsync(new Uri(stack.App.GetEndpoint("gateway"), $"/api/v1/{of}/evidence"));
    }

    /// <summary>The digest that a run's promotion put forward.</summary>
    public static Digest Promoted(this IEnumerable<StoredEvent> facts) => Assert.Single(facts.Of<ModelVersionRegistered>()).Digest;
}
