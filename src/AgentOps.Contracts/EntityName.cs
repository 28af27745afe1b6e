using System.Text.RegularExpressions;

namespace AgentOps.Contracts;

/// <summary>How models, aliases, deployments and pipelines may be called wherever one is named.</summary>
public static partial class EntityName
{
    /// <summary>The rule in words.</summary>
    public const string Rule = "a name: letters, digits, '.', '_' and '-', 64 at most, beginning with a letter or digit";

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z", RegexOptions.CultureInvariant)]
    public static partial Regex Pattern();
}
