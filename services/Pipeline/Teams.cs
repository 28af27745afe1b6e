using AgentOps.Contracts;
using AgentOps.Environments;

namespace AgentOps.Pipeline;

/// <summary>A team as an evaluation plays it.</summary>
/// <param name="Members">By role, what plays it: the path of its model, or the scripted policy's own name.</param>
internal sealed record PlannedTeam(IReadOnlyDictionary<string, string> Members, Func<StepOutputs, PolicyReference> Policy)
{
    /// <summary>The same where the same play the same roles.</summary>
    public string Identity => Teams.Text(Members);
}

/// <summary>Who plays which role, as a file says it, against the roles that the environment has.</summary>
internal static class Teams
{
    /// <summary>A mapping from roles to names. Which roles there are is the environment's to say.</summary>
    /// <param name="others">Keys of the same mapping that are no roles.</param>
    public static (Fields Fields, IReadOnlyDictionary<string, string> Team) Read(FileNode node, string key, params string[] others)
    {
        string[] roles = node is FileMap map ? [.. map.Entries.Select(entry => entry.Key).Except(others)] : [];
        var fields = new Fields(node, "a team", key, [.. others, .. roles]);
        return (fields, roles.ToDictionary(role => role, role => fields.Text(role)));
    }

    public static string Text(IEnumerable<KeyValuePair<string, string>> team) => string.Join(", ", team.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => $"{member.Key}: {member.Value}"));

    /// <exception cref="PlanException">The environment has one agent, or the team has not one policy for each of its roles.</exception>
    public static void CheckWhole(StepSpecification step, string key, string environment, IReadOnlyDictionary<string, string> team, int? item = null) =>
        Check(step, key, environment, team, Catalogue.RolesOf(environment), item);

    /// <exception cref="PlanException">They are not exactly the roles beside the one that learns.</exception>
    public static void CheckPartners(StepSpecification step, string environment, string role, IReadOnlyDictionary<string, string> partners) =>
        Check(step, "partners", environment, partners, [.. Catalogue.RolesOf(environment).Where(other => other != role)], null);

    /// <param name="environments">Where the trajectories come from.</param>
    /// <exception cref="PlanException">One of them has no such role.</exception>
    public static void CheckRole(StepSpecification step, string? role, IEnumerable<string> environments)
    {
        if (role is not null && environments.FirstOrDefault(environment => !Catalogue.RolesOf(environment).Contains(role)) is { } without)
            throw new PlanException(step, "role", $"there is no role '{role}' in {without}, which has {Listed(Catalogue.RolesOf(without))}.");
    }

    private static void Check(StepSpecification step, string key, string environment, IReadOnlyDictionary<string, string> team, IReadOnlyList<string> roles, int? item)
    {
        if (Catalogue.RolesOf(environment).Count == 0)
            throw new PlanException(step, key, $"there are no roles in {environment}, which has one agent: name one policy.", item);
        var place = team.Keys.ToList().FindIndex(role => !roles.Contains(role));
        if (place >= 0)
            throw new PlanException(step, key, $"there is no role '{team.Keys.ElementAt(place)}' to be played here in {environment}; those are {string.Join(", ", roles)}.", item ?? place);
        if (roles.FirstOrDefault(role => !team.ContainsKey(role)) is { } missing)
            throw new PlanException(step, key, $"nobody plays the role '{missing}' of {environment}: name a policy for each of {string.Join(", ", roles)}.", item);
    }

    private static string Listed(IReadOnlyList<string> roles) => roles.Count == 0 ? "one agent and no roles" : $"the roles {string.Join(", ", roles)}";
}
