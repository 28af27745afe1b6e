using AgentOps.Contracts;
using AgentOps.Hosting;

namespace AgentOps.Registry;

/// <summary>What one deployment answers with now.</summary>
/// <param name="Alias">The alias that named the version; null where it was named by its number.</param>
/// <param name="Move">The number, in the model's stream, of the move by which the alias had come to it.</param>
public sealed record Deployment(string Model, int Version, Digest Digest, string? Alias, int? Move)
{
    public static string Stream(string name) => $"deployment-{name}";

    public static Deployment Evolve(Deployment? state, IEvent @event) =>
        @event is DeploymentActivated activated ? new(activated.Model, activated.Version, activated.Digest, activated.Alias, activated.Move) : state!;

    /// <summary>What answers with the version already is activated once more only where an alias has come to it by another move.</summary>
    /// <param name="model">As it is now.</param>
    /// <param name="version">Whose files were found whole.</param>
    /// <param name="alias">The alias that named the version; null where it was named by its number.</param>
    /// <exception cref="ProblemException">The alias names another version by now (409).</exception>
    public static IReadOnlyList<IEvent> Activate(Deployment? state, string name, Model model, ModelVersion version, string? alias, string person, string? reason)
    {
        if (alias is not null && model.Alias(alias) is var named && named != version.Version)
            throw new ProblemException(409, "alias-moved", $"{model.Name}@{alias} was moved to version {named} while the files of version {version.Version} were looked at: look again and deploy again.");
        int? move = alias is null ? null : model.Aliases[alias].MovedBy;
        var now = alias is null && state is not null ? state with { Alias = null, Move = null } : state;
        return now == new Deployment(model.Name, version.Version, version.Digest, alias, move)
            ? []
            : [new DeploymentActivated(name, model.Name, version.Version, version.Digest, state?.Digest, person, alias, move, reason)];
    }
}
