using AgentOps.Agents;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Models;

namespace AgentOps.Generator;

/// <summary>The policy cannot play: its model is missing, corrupt or unknown to Serving, or Serving refuses what it is asked.</summary>
public sealed class PolicyUnusableException(string message) : Exception(message);

/// <summary>Makes the policy that a generation asks for.</summary>
public sealed class PolicyFactory(ArtifactStore artifacts, IHttpClientFactory clients)
{
    /// <param name="outage">Cancelled by the policy when Serving cannot be reached: that is not the episodes' failure.</param>
    public Task<IPolicy> CreateAsync(GenerateWork work, CancellationTokenSource outage, CancellationToken ct) => CreateAsync(work.Policy, work.Temperature, outage, ct);

    private async Task<IPolicy> CreateAsync(PolicyReference policy, double temperature, CancellationTokenSource outage, CancellationToken ct) => policy switch
    {
        { Kind: PolicyKind.Expert } => new ExpertPolicy(),
        { Kind: PolicyKind.Random } => new RandomPolicy(),
        { Model: { } model } => new ServedPolicy(clients.CreateClient("serving"), model, await LoadAsync(model, ct), temperature, outage),
        { Members: { } members } => await TeamAsync(members, temperature, outage, ct),
        _ => throw new PolicyUnusableException("The step asks for a model's play but names no model."),
    };

    private async Task<IPolicy> TeamAsync(IReadOnlyDictionary<string, PolicyReference> members, double temperature, CancellationTokenSource outage, CancellationToken ct)
    {
        var team = new Dictionary<string, IPolicy>();
        foreach (var (role, member) in members)
            team[role] = await CreateAsync(member, temperature, outage, ct);
        return new TeamPolicy(team);
    }

    private async Task<BpeTokenizer> LoadAsync(Digest model, CancellationToken ct)
    {
        try
        {
            var folder = await artifacts.FolderAsync(model, ct);
            var tokenizer = BpeTokenizer.Load(Path.Combine(folder, "tokenizer.json"));
            ChatTemplate.Check(tokenizer);
            return tokenizer;
        }
        catch (Exception broken) when (broken is ArtifactMissingException or ArtifactCorruptException or ModelFormatException)
        {
            throw new PolicyUnusableException($"The model {model} cannot play: {broken.Message}");
        }
    }
}
