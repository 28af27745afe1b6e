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
    public async Task<IPolicy> CreateAsync(GenerateWork work, CancellationTokenSource outage, CancellationToken ct) => work.Policy switch
    {
        { Kind: PolicyKind.Expert } => new ExpertPolicy(),
        { Kind: PolicyKind.Random } => new RandomPolicy(),
        { Model: { } model } => new ServedPolicy(clients.CreateClient("serving"), model, await LoadAsync(model, ct), work.Temperature, outage),
        _ => throw new PolicyUnusableException("The step asks for a model's play but names no model."),
    };

    private async Task<BpeTokenizer> LoadAsync(Digest model, CancellationToken ct)
    {
        try
        {
            var folder = await artifacts.FolderAsync(model, ct);
            var tokenizer = BpeTokenizer.Load(Path.Combine(folder, "tokenizer.json"));
            ChatTemplate.CheckTokenizer(tokenizer);
            return tokenizer;
        }
        catch (Exception broken) when (broken is ArtifactMissingException or ArtifactCorruptException or ModelFormatException)
        {
            throw new PolicyUnusableException($"The model {model} cannot play: {broken.Message}");
        }
    }
}
