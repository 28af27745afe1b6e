using System.Security.Cryptography;
using System.Text;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Exports;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Registry;

/// <summary>Writes the lineage of a model version, an alias or a deployment in the formats of others.</summary>
/// <param name="keyFile">The ledger's private key, PEM; read for each signature, so that it is the one of now.</param>
/// <param name="jobs">The namespace of OpenLineage's jobs and data sets.</param>
public sealed class LineageDocuments(LineageFacts facts, ArtifactStore artifacts, string keyFile, string jobs)
{
    public const string OwnFormat = "json";
    private static readonly string[] Formats = [OwnFormat, "openlineage", "prov", "slsa", "oms", "cyclonedx"];

    /// <param name="format">Any of <c>openlineage</c>, <c>prov</c>, <c>slsa</c>, <c>oms</c> and <c>cyclonedx</c>.</param>
    /// <exception cref="ProblemException">The format is not known, or the version's files are not in the store.</exception>
    public async Task<ContentHttpResult> WriteAsync(LineageRoot root, string format, CancellationToken ct) => format switch
    {
        "openlineage" => Text(OpenLineage.Write(await facts.OfAsync(root, ct), jobs), "application/x-ndjson"),
        "prov" => Text(ProvJson.Write(await facts.OfAsync(root, ct)), "application/json"),
        "cyclonedx" => Text(CycloneDx.Write(await facts.OfAsync(root, ct)), "application/vnd.cyclonedx+json; version=1.6"),
        "slsa" => await SlsaAsync(root, ct),
        "oms" => await ModelSignatureAsync(root, ct),
        _ => throw ProblemException.BadRequest("lineage-format", $"'{format}' is not a format of lineage: expected {string.Join(", ", Formats)}."),
    };

    private async Task<ContentHttpResult> SlsaAsync(LineageRoot root, CancellationToken ct)
    {
        var lineage = await facts.OfAsync(root, ct);
        using var key = await KeyAsync(ct);
        return Text(SlsaProvenance.Write(lineage, key), "application/vnd.dsse.envelope.v1+json");
    }

    private async Task<ContentHttpResult> ModelSignatureAsync(LineageRoot root, CancellationToken ct)
    {
        try
        {
            var files = (await artifacts.ManifestAsync(root.Digest, ct)).Files.Select(file => new ModelFile(file.Name, file.Digest));
            using var key = await KeyAsync(ct);
            return Text(ModelSigning.Sign(root.Model, files, key), "application/vnd.dev.sigstore.bundle.v0.3+json");
        }
        catch (Exception unusable) when (unusable is ArtifactMissingException or ArtifactCorruptException)
        {
            throw new ProblemException(StatusCodes.Status409Conflict, "artifact-unusable", $"{root.Model}:{root.Version} cannot be signed: {unusable.Message}");
        }
    }

    private async Task<ECDsa> KeyAsync(CancellationToken ct)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(keyFile, ct));
        return key;
    }

    private static ContentHttpResult Text(string document, string type) => TypedResults.Text(document, type, Encoding.UTF8);
}

public static class ExportServices
{
    /// <summary>The documents in the formats of others, and the push of runs to an OpenLineage endpoint where one is named.</summary>
    public static IServiceCollection AddExports(this IServiceCollection services, string keyFile, Func<string, string?> setting)
    {
        var jobs = setting("AGENTOPS_OPENLINEAGE_NAMESPACE") ?? OpenLineage.DefaultNamespace;
        services.AddSingleton<LineageFacts>()
            .AddSingleton(provider => ActivatorUtilities.CreateInstance<LineageDocuments>(provider, keyFile, jobs));
        if (OpenLineageEndpoint.Of(setting) is { } endpoint)
            services.AddSingleton(endpoint).AddHostedService(provider => ActivatorUtilities.CreateInstance<OpenLineagePush>(provider, jobs));
        return services;
    }
}
