using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Proofs;
using AgentOps.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Registry.Tests;

/// <summary>Registry sends what it signs to a witness, and goes on without one.</summary>
public sealed class WhenAWitnessIsNamed(RegistryService registry) : IClassFixture<RegistryService>
{
    [Fact]
    public async Task Each_checkpoint_is_cosigned_and_health_says_how_far_the_witness_is()
    {
        await using var witness = await WitnessListener.StartAsync(LogKey());
        await using var service = await registry.StartAsync(new LogLines(), Witnessed, witness.Settings);
        var size = await AppendedAsync(service);

        await CosignedAsync(witness, size);

        // The witness has answered before the answer is kept.
        await Patience.UntilAsync("a kept cosignature", () => Task.FromResult(registry.Checkpoints.All().Any(checkpoint => checkpoint.Size >= size && checkpoint.CosignedBy(witness.Key) is not null) ? "there" : null));
        await Patience.UntilAsync("a tree for evidence", async () => await TreeAsync(service, size) is { } tree && registry.Checkpoints.Cosigned(tree.Size) is not null ? "cosigned" : null);
        await Patience.UntilAsync("health", async () => await HealthAsync(service) == $"w has cosigned up to event {witness.Seen} of {witness.Seen} that are signed" ? "so" : null);
        await service.StopAsync();
    }

    [Fact]
    public async Task One_that_is_away_stops_no_signing_and_is_said_to_be_behind_once_and_catches_up_when_it_is_back()
    {
        await using var witness = await WitnessListener.StartAsync(LogKey());
        witness.IsAway = true;
        var log = new LogLines();
        await using var service = await registry.StartAsync(log, Witnessed, witness.Settings);

        // Two checkpoints are signed, while the witness refuses again and again.
        foreach (var _ in (int[])[1, 2])
        {
            var signed = await AppendedAsync(service);
            await Patience.UntilAsync("a checkpoint", () => Task.FromResult(registry.Checkpoints.Last()?.Size >= signed ? "there" : null));
        }
        await Patience.UntilAsync("health", async () => (await HealthAsync(service)).Contains("w has cosigned up to event 0 of ", StringComparison.Ordinal) && (await HealthAsync(service)).Contains("answers 503: not now", StringComparison.Ordinal) ? "so" : null);
        Assert.Equal("Degraded", await StatusAsync(service));
        // What is exported meanwhile is what is signed.
        var last = registry.Checkpoints.Last()!;
        Assert.InRange((await TreeAsync(service, last.Size))!.Size, last.Size, long.MaxValue);
        witness.IsAway = false;
        await CosignedAsync(witness, await service.Services.GetRequiredService<LedgerStore>().HeadAsync());

        await Patience.UntilAsync("the end of the trouble", () => Task.FromResult(log.Lines.Any(line => line.StartsWith("Information: Witness: w has cosigned up to event", StringComparison.Ordinal)) ? "so" : null));
        await Patience.UntilAsync("good health", async () => await StatusAsync(service) == "Healthy" ? "so" : null);
        Assert.All(log.Lines.Where(line => line.StartsWith("Warning: Witness:", StringComparison.Ordinal)).CountBy(line => line[line.IndexOf("checkpoint of", StringComparison.Ordinal)..]), said => Assert.Equal(1, said.Value));
        await service.StopAsync();
    }

    [Theory]
    [InlineData("witness.example", null, "AGENTOPS_WITNESS_URL is 'witness.example', which is not an address such as https://witness.example.com.")]
    [InlineData("https://witness.example", null, "AGENTOPS_WITNESS_KEY is not the public key of the witness at AGENTOPS_WITNESS_URL: ")]
    [InlineData("https://witness.example", "w+00000000+AgAA", "AGENTOPS_WITNESS_KEY is not the public key of the witness at AGENTOPS_WITNESS_URL: ")]
    public void One_that_cannot_be_meant_keeps_the_service_from_starting_with_a_sentence(string url, string? key, string sentence)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["AGENTOPS_WITNESS_URL"] = url, ["AGENTOPS_WITNESS_KEY"] = key }).Build();

        Assert.StartsWith(sentence, Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddWitness(settings)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_none_is_named_there_is_none() =>
        Assert.DoesNotContain(new ServiceCollection().AddWitness(new ConfigurationBuilder().Build()), service => service.ServiceType == typeof(WitnessHost));

    private static void Witnessed(ServiceHost host)
    {
        host.Services.AddSealer();
        host.Services.AddWitness(host.Configuration);
        host.Services.AddSingleton<TimeProvider>(new HurriedTime());
    }

    private NoteKey LogKey() => new LogKeys(registry.Checkpoints, registry.KeyFile).First;

    /// <returns>The position of an event that is new.</returns>
    private async Task<long> AppendedAsync(WebApplication service)
    {
        var run = RunId.Create();
        await registry.AppendAsync(run, new RunCancelling(run, "ada", DateTimeOffset.UnixEpoch));
        return await service.Services.GetRequiredService<LedgerStore>().HeadAsync();
    }

    private static Task CosignedAsync(WitnessListener witness, long size) => Patience.UntilAsync("a cosignature", () => Task.FromResult(witness.Seen >= size ? "there" : null));

    [Fact]
    public async Task Where_the_ledgers_end_was_deleted_health_says_that_it_cannot_be_sealed_and_the_service_goes_on()
    {
        var log = new LogLines();
        await using var service = await registry.StartAsync(log, host => host.Services.AddSealer());
        var head = await AppendedAsync(service);
        await registry.TamperAsync("UPDATE ledger.head SET position = position + 3");

        await Patience.UntilAsync("health", async () => (await HealthAsync(service, "sealing")).StartsWith("The ledger cannot be sealed: The ledger's head is ", StringComparison.Ordinal) ? "so" : null);
        Assert.Equal("Degraded", await StatusAsync(service));

        await registry.TamperAsync($"UPDATE ledger.head SET position = {head}");
        await service.StopAsync();
    }

    private static Task<SignedTree?> TreeAsync(WebApplication service, long position) => service.Services.GetRequiredService<EvidenceTree>().CoveringAsync(position, CancellationToken.None);

    private static async Task<string> HealthAsync(WebApplication service, string check = "witness")
    {
        using var health = await HealthOfAsync(service);
        return health.RootElement.GetProperty("checks").GetProperty(check).GetString()!;
    }

    private static async Task<string> StatusAsync(WebApplication service)
    {
        using var health = await HealthOfAsync(service);
        return health.RootElement.GetProperty("status").GetString()!;
    }

    private static async Task<JsonDocument> HealthOfAsync(WebApplication service)
    {
        using var http = new HttpClient();
        return JsonDocument.Parse(await http.GetStringAsync(new Uri(service.Urls.Single() + "/health")));
    }
}
