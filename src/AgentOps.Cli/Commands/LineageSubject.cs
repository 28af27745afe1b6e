using System.Globalization;

namespace AgentOps.Cli.Commands;

/// <summary>What a lineage is asked of, as it is written on the command line, and where the gateway has it.</summary>
public static class LineageSubject
{
    public const string Written = "household-agent@production, household-agent:3, or deployment/household-agent";
    private const string Deployment = "deployment/";

    /// <summary>The path below which the lineage and the evidence of a version, an alias or a deployment stand. Without a version or an alias it is the latest version.</summary>
    /// <param name="what"><c>lineage</c> or <c>evidence</c>.</param>
    /// <param name="at">As the alias or the deployment was then; null: now.</param>
    /// <param name="datasets">Whether evidence has the contents of data sets.</param>
    public static async Task<string> PathAsync(Gateway gateway, string subject, string what, DateTimeOffset? at, string? format, CancellationToken ct, bool datasets = false)
    {
        (string, string?)[] query = [("at", at?.ToString("O", CultureInfo.InvariantCulture)), ("format", format), ("datasets", datasets ? "true" : null)];
        if (subject.StartsWith(Deployment, StringComparison.Ordinal) && subject.Length > Deployment.Length)
            return Gateway.PathOf($"/api/v1/deployments/{Uri.EscapeDataString(subject[Deployment.Length..])}/{what}", query);
        if (subject.Split('@') is [{ Length: > 0 } model, { Length: > 0 } alias])
            return Gateway.PathOf($"/api/v1/models/{Uri.EscapeDataString(model)}/aliases/{Uri.EscapeDataString(alias)}/{what}", query);
        if (at is not null)
            throw new CommandFailedException($"--at is asked of an alias or a deployment; a version such as {subject} never changes.", ExitCode.Usage);
        var (name, version) = await LineageCommand.VersionAsync(gateway, subject, ct);
        return Gateway.PathOf($"/api/v1/models/{name}/versions/{version}/{what}", query);
    }
}
