using System.Text.Json.Serialization;

namespace AgentOps.Contracts;

/// <summary>What a reference points at. The names are permanent: they stand in the ledger.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ReferenceKind>))]
public enum ReferenceKind
{
    [JsonStringEnumMemberName("artifact")] Artifact,
    [JsonStringEnumMemberName("trajectory")] Trajectory,
    [JsonStringEnumMemberName("dataset")] Dataset,
    [JsonStringEnumMemberName("model")] Model,
    [JsonStringEnumMemberName("model-version")] ModelVersion,
    [JsonStringEnumMemberName("environment")] Environment,
    [JsonStringEnumMemberName("code")] Code,
    [JsonStringEnumMemberName("person")] Person,
    [JsonStringEnumMemberName("run")] Run,
    [JsonStringEnumMemberName("generation")] Generation,
    [JsonStringEnumMemberName("judgement")] Judgement,
    [JsonStringEnumMemberName("training")] Training,
    [JsonStringEnumMemberName("evaluation")] Evaluation,
    [JsonStringEnumMemberName("deployment")] Deployment,

    /// <summary>Whose personal data something is, under the name that the pipeline file gives.</summary>
    [JsonStringEnumMemberName("subject")] Subject,

    /// <summary>A judge in one of its versions, such as <c>rules/1</c>.</summary>
    [JsonStringEnumMemberName("judge")] Judge,

    /// <summary>A place outside of the system, such as <c>huggingface:/models/small</c>; the digest of what was found there is an output beside it.</summary>
    [JsonStringEnumMemberName("source")] Source,
}

/// <summary>One typed edge of the lineage, as an event's <c>inputs</c> or <c>outputs</c> hold it. For artifacts and models the id is the digest.</summary>
public sealed record Reference(ReferenceKind Kind, string Id)
{
    public static Reference To(ReferenceKind kind, object id) => new(kind, id.ToString()!);

    public static Reference Artifact(Digest digest) => new(ReferenceKind.Artifact, digest.ToString());

    public static Reference Model(Digest digest) => new(ReferenceKind.Model, digest.ToString());

    public override string ToString() => $"{Kind}:{Id}";
}
