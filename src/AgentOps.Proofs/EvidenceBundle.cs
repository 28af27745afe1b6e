using System.Text.Json;

namespace AgentOps.Proofs;

/// <summary>The files of an evidence bundle, a ZIP archive that proves what a model is made of to somebody who has nothing else.</summary>
public static class EvidenceBundle
{
    public const string Format = "agentops-evidence/1";

    /// <summary>What the bundle is about: <see cref="EvidenceSubject"/>.</summary>
    public const string SubjectFile = "bundle.json";

    /// <summary>The C2SP checkpoint that covers every event.</summary>
    public const string CheckpointFile = "checkpoint.note";

    /// <summary>The log's first key, for a reader who compares it with one that he trusts.</summary>
    public const string KeyFile = "key.pub";

    /// <summary>The rotations from the first key to the one that signed, an <see cref="EvidenceEvent"/> on each line; absent where there are none.</summary>
    public const string RotationsFile = "rotations.jsonl";

    /// <summary>An <see cref="EvidenceEvent"/> on each line, in order of position.</summary>
    public const string EventsFile = "events.jsonl";

    /// <summary>Where the bundle is about an alias, or a deployment that one named: the model's own stream from its first event to the alias's move, an <see cref="EvidenceEvent"/> on each line.</summary>
    public const string DecisionsFile = "decisions.jsonl";

    /// <summary>Before the names of the model's files.</summary>
    public const string ModelFolder = "model/";

    /// <summary>Before the contents of data sets, where the bundle was asked for with them: of each its samples and the list of whose they are, named by the 64 hexadecimal digits of their SHA-256.</summary>
    public const string DatasetFolder = "datasets/";

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}

/// <param name="Format">The bundle's version.</param>
/// <param name="Subject">A model version, such as <c>household-agent:3</c>, an alias, such as <c>household-agent@production</c>, or a deployment.</param>
/// <param name="Model">The version's digest, <c>sha256:</c> and 64 hexadecimal digits.</param>
public sealed record EvidenceSubject(string Format, EvidenceReference Subject, string Model);

/// <summary>The bundle proves nothing; the message says what is wrong with it.</summary>
public sealed class EvidenceRefusedException(string message, Exception? cause = null) : Exception(message, cause);
