using System.Text.RegularExpressions;

namespace AgentOps.Ledger;

/// <summary>A service's login in the database. It owns the schema of its own name and the stream categories the ledger gives it.</summary>
public sealed partial record ServiceRole
{
    /// <summary>The nine services' roles.</summary>
    public static readonly IReadOnlyList<string> Names =
        ["gateway", "pipeline", "generator", "judge", "preference_builder", "trainer", "evaluator", "registry", "serving"];

    /// <param name="name">Lower-case letters and underscores: it becomes an identifier.</param>
    /// <param name="password">Generated, never chosen.</param>
    public ServiceRole(string name, string password)
    {
        if (!Identifier().IsMatch(name))
            throw new ArgumentException($"'{name}' cannot be a service role: use lower-case letters and underscores.", nameof(name));
        ArgumentException.ThrowIfNullOrEmpty(password);
        Name = name;
        Password = password;
    }

    public string Name { get; }

    public string Password { get; }

    public override string ToString() => Name;

    [GeneratedRegex("^[a-z][a-z_]{0,40}$")]
    private static partial Regex Identifier();
}
