using System.Security.Cryptography;
using System.Text;

namespace AgentOps.Environments;

/// <summary>One entry of the <see cref="Catalogue"/>.</summary>
public sealed class EnvironmentInfo
{
    private readonly Lazy<string> _versionHash;

    /// <param name="name">Kebab-case and permanent: trajectories of years ago carry it.</param>
    /// <param name="version">Raised with every change of a rule, a text or the making of tasks.</param>
    /// <param name="maxTurns">Actions after which an episode is cut off.</param>
    /// <param name="taskTypes">Every value that <see cref="IEnvironment.TaskType"/> can have.</param>
    /// <param name="create">Makes an environment for one caller at a time.</param>
    public EnvironmentInfo(string name, string version, int maxTurns, IReadOnlyList<string> taskTypes, Func<IEnvironment> create)
    {
        if (!TaskId.IsName(name))
            throw new ArgumentException($"'{ActionText.Excerpt(name)}' is not an environment's name: expected lower-case letters, digits and single hyphens.", nameof(name));
        ArgumentException.ThrowIfNullOrWhiteSpace(version);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxTurns);
        (Name, Version, MaxTurns, TaskTypes) = (name, version, maxTurns, taskTypes);
        Create = () => new CheckedEnvironment(name, Roles, create());
        _versionHash = new(() => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Name}\n{Version}\n{GoldenTranscript.Of(this)}"))));
    }

    public string Name { get; }

    public string Version { get; }

    public int MaxTurns { get; }

    public IReadOnlyList<string> TaskTypes { get; }

    public Func<IEnvironment> Create { get; }

    /// <summary>The part of a task that no other split may contain, in a canonical text: a maze's walls, a household's combination.</summary>
    public required Func<TaskId, string> Content { get; init; }

    /// <summary>The environments whose tasks of the same split and index this one's are made of: who knows the one knows the other.</summary>
    public IReadOnlyList<string> MadeOf { get; init; } = [];

    /// <summary>The agents that play an episode together, each of which is told its own; empty: one agent.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>The share of tasks that the uniformly random policy solves at most, in any split.</summary>
    public required double RandomCeiling { get; init; }

    /// <summary>SHA-256 over name, version and <see cref="GoldenTranscript"/>: it changes whenever the environment behaves differently.</summary>
    public string VersionHash => _versionHash.Value;
}
