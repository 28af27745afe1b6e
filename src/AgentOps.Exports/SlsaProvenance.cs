using System.Security.Cryptography;
using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Exports;

/// <summary>
/// How a model was built: an in-toto Statement v1 with SLSA Provenance v1 (slsa.dev/spec/v1.0/provenance) in a signed DSSE envelope.
/// The build is the run that trained the model; <c>externalParameters</c> is the pipeline file as it was submitted, <c>internalParameters</c> the steps from which the model follows.
/// </summary>
public static class SlsaProvenance
{
    public const string PredicateType = "https://slsa.dev/provenance/v1";
    public const string BuildType = Names.Prefix + "build:pipeline:v1";

    /// <param name="key">The ledger's private key.</param>
    /// <returns>A DSSE envelope, JSON.</returns>
    public static string Write(ModelLineage lineage, ECDsa key) =>
        JsonSerializer.Serialize(Dsse.Sign(JsonSerializer.SerializeToUtf8Bytes(Statement(lineage), Documents.Compact), key), Documents.Indented);

    /// <summary>The statement that one of the keys has signed.</summary>
    /// <exception cref="SignatureRefusedException">None of the keys has signed it, or it is no provenance.</exception>
    public static JsonElement Open(ReadOnlySpan<byte> envelope, IReadOnlyList<PublicKey> trusted)
    {
        var statement = Dsse.Read<JsonElement>(Dsse.Open(Dsse.Read<DsseEnvelope>(envelope, "envelope"), trusted), "statement");
        return Member(statement, "_type") == ModelSigning.StatementType && Member(statement, "predicateType") == PredicateType
            ? statement
            : throw new SignatureRefusedException($"What was signed is no {PredicateType}.");
    }

    private static string? Member(JsonElement statement, string name) =>
        statement.ValueKind == JsonValueKind.Object && statement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static Dictionary<string, object> Statement(ModelLineage lineage)
    {
        var ancestry = lineage.Ancestry;
        var training = ancestry.Of<TrainingCompleted>().LastOrDefault(t => t.Event.Model == lineage.Digest);
        var run = training.Event?.Step.Run ?? lineage.Registration.Event.Run;
        var submitted = lineage.Facts.Of<RunSubmitted>().FirstOrDefault(f => f.Event.Run == run);
        return new Dictionary<string, object>
        {
            ["_type"] = ModelSigning.StatementType,
            ["subject"] = new[] { new { Name = lineage.Reference.Id, Digest = Sha256(lineage.Digest) } },
            ["predicateType"] = PredicateType,
            ["predicate"] = new
            {
                BuildDefinition = new
                {
                    BuildType,
                    ExternalParameters = new { Pipeline = submitted.Event is { } asked ? JsonSerializer.SerializeToElement(asked.Specification, EventRegistry.Json) : (JsonElement?)null },
                    InternalParameters = new { Steps = Steps(ancestry) },
                    ResolvedDependencies = Dependencies(lineage, ancestry),
                },
                RunDetails = new
                {
                    Builder = new { Id = Names.Urn("ledger", lineage.Ledger), Version = Versions(ancestry) },
                    Metadata = new
                    {
                        InvocationId = Names.Urn("run", run.ToString()),
                        StartedOn = submitted.Fact is { } began ? Names.Time(began.At) : null,
                        FinishedOn = training.Fact is { } ended ? Names.Time(ended.At) : null,
                    },
                },
            },
        };
    }

    private static Dictionary<string, string> Versions(IReadOnlyList<Fact> ancestry) => ancestry.GroupBy(fact => fact.Service, fact => fact.CodeVersion)
        .OrderBy(service => service.Key, StringComparer.Ordinal).ToDictionary(service => service.Key, service => string.Join(", ", service.Distinct()));

    private static IEnumerable<object> Steps(IReadOnlyList<Fact> ancestry) => PipelineStep.All(ancestry).Where(step => step.Work is not null).Select(step => new
    {
        Run = step.Run.ToString(),
        step.Path,
        Work = JsonSerializer.SerializeToElement(step.Work, EventRegistry.Json),
        By = step.Means.Where(m => m.Name is "judge" or "environment").GroupBy(m => m.Name, m => m.Value).ToDictionary(m => m.Key, m => m.ToArray()),
    });

    private static IEnumerable<Resource> Dependencies(ModelLineage lineage, IReadOnlyList<Fact> ancestry)
    {
        var datasets = ancestry.Of<DatasetBuilt>().ToDictionary(d => d.Event.Dataset.ToString(), d => d.Event);
        var read = ancestry.SelectMany(f => f.Data.Inputs).Distinct().Where(input => input != Reference.Model(lineage.Digest));
        foreach (var input in read)
            switch (input.Kind)
            {
                case ReferenceKind.Model:
                    yield return new(Names.Urn(input), Digest: Sha256(Digest.Parse(input.Id)));
                    break;
                case ReferenceKind.Dataset when datasets.TryGetValue(input.Id, out var built):
                    yield return new(Names.Urn(input), Digest: Sha256(built.Data), Annotations: new() { ["members"] = built.Members.ToString(), ["samples"] = built.Samples, ["tokens"] = built.Tokens });
                    break;
                case ReferenceKind.Environment:
                    yield return new(Names.Urn(input), Digest: Names.Environment(input.Id).Hash is { } hash ? Sha256(hash) : null);
                    break;
                case ReferenceKind.Code:
                    yield return new(Names.Urn(input), Digest: Names.Commit(input.Id) is { } commit ? new() { ["gitCommit"] = commit } : null);
                    break;
                case ReferenceKind.Source:
                    yield return new(Names.Urn(input));
                    break;
            }
        foreach (var (name, version) in Libraries.Of(ancestry))
            yield return new($"pkg:generic/{name}@{Uri.EscapeDataString(version)}", Name: name);
    }

    private static Dictionary<string, string> Sha256(Digest digest) => new() { ["sha256"] = digest.Hex };

    /// <summary>in-toto ResourceDescriptor v1.</summary>
    private sealed record Resource(string Uri, string? Name = null, Dictionary<string, string>? Digest = null, Dictionary<string, object>? Annotations = null);
}
