using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;

namespace AgentOps.Registry;

public static class RegisteredVersions
{
    /// <summary>A registered version as the ledger has it now.</summary>
    /// <exception cref="ProblemException">There is no such version (404).</exception>
    public static async Task<ModelVersion> VersionAsync(this LedgerStore ledger, string name, int version, CancellationToken ct) =>
        (await ledger.FoldAsync<Model>(Model.Stream(name), Model.Evolve, ct)).State?.Versions.FirstOrDefault(v => v.Version == version)
        ?? throw ProblemException.NotFound("model version", ModelEvents.Version(name, version).Id);
}
