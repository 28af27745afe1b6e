using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentOps.Contracts;

/// <summary>An id with a type of its own, so that a run's id cannot stand where a data set's belongs. <c>Category</c> is the stream category it names.</summary>
public interface IIdentifier<TSelf> where TSelf : struct, IIdentifier<TSelf>
{
    Guid Value { get; }

    static abstract string Category { get; }

    static abstract TSelf From(Guid value);
}

[JsonConverter(typeof(IdentifierJson<RunId>))]
public readonly record struct RunId(Guid Value) : IIdentifier<RunId>
{
    public static string Category => "run";
    public static RunId From(Guid value) => new(value);

    /// <summary>A new run's id: version 7, so that runs sort by the time of their submission.</summary>
    public static RunId Create() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}

[JsonConverter(typeof(IdentifierJson<GenerationId>))]
public readonly record struct GenerationId(Guid Value) : IIdentifier<GenerationId>
{
    public static string Category => "generation";
    public static GenerationId From(Guid value) => new(value);

    /// <summary>The generation of one policy for one step; without the attempt, so that a repeated step lands on itself.</summary>
    public static GenerationId Of(RunId run, string path, string policy) => new(NameBasedGuid.Of("generation", run.ToString(), path, policy));

    public override string ToString() => Value.ToString();
}

[JsonConverter(typeof(IdentifierJson<TrajectoryId>))]
public readonly record struct TrajectoryId(Guid Value) : IIdentifier<TrajectoryId>
{
    public static string Category => "trajectory";
    public static TrajectoryId From(Guid value) => new(value);
    public static TrajectoryId Of(GenerationId generation, string task, int sample) => new(NameBasedGuid.Of("trajectory", generation.ToString(), task, sample.ToString()));
    public override string ToString() => Value.ToString();
}

[JsonConverter(typeof(IdentifierJson<JudgementId>))]
public readonly record struct JudgementId(Guid Value) : IIdentifier<JudgementId>
{
    public static string Category => "judgement";
    public static JudgementId From(Guid value) => new(value);
    public static JudgementId Of(RunId run, string path) => new(NameBasedGuid.Of("judgement", run.ToString(), path));
    public override string ToString() => Value.ToString();
}

[JsonConverter(typeof(IdentifierJson<ReviewId>))]
public readonly record struct ReviewId(Guid Value) : IIdentifier<ReviewId>
{
    public static string Category => "review";
    public static ReviewId From(Guid value) => new(value);

    /// <summary>A judgement asks once about the same trajectories.</summary>
    public static ReviewId Of(JudgementId judgement, IEnumerable<TrajectoryId> trajectories) => new(NameBasedGuid.Of(["review", judgement.ToString(), .. trajectories.Select(t => t.ToString())]));

    public override string ToString() => Value.ToString();
}

[JsonConverter(typeof(IdentifierJson<DatasetId>))]
public readonly record struct DatasetId(Guid Value) : IIdentifier<DatasetId>
{
    public static string Category => "dataset";
    public static DatasetId From(Guid value) => new(value);
    public static DatasetId Of(RunId run, string path) => new(NameBasedGuid.Of("dataset", run.ToString(), path));
    public override string ToString() => Value.ToString();
}

[JsonConverter(typeof(IdentifierJson<TrainingId>))]
public readonly record struct TrainingId(Guid Value) : IIdentifier<TrainingId>
{
    public static string Category => "training";
    public static TrainingId From(Guid value) => new(value);
    public static TrainingId Of(RunId run, string path) => new(NameBasedGuid.Of("training", run.ToString(), path));
    public override string ToString() => Value.ToString();
}

[JsonConverter(typeof(IdentifierJson<EvaluationId>))]
public readonly record struct EvaluationId(Guid Value) : IIdentifier<EvaluationId>
{
    public static string Category => "evaluation";
    public static EvaluationId From(Guid value) => new(value);
    public static EvaluationId Of(RunId run, string path) => new(NameBasedGuid.Of("evaluation", run.ToString(), path));
    public override string ToString() => Value.ToString();
}

[JsonConverter(typeof(IdentifierJson<WithdrawalId>))]
public readonly record struct WithdrawalId(Guid Value) : IIdentifier<WithdrawalId>
{
    public static string Category => "withdrawal";
    public static WithdrawalId From(Guid value) => new(value);

    /// <summary>The same thing is withdrawn once.</summary>
    public static WithdrawalId Of(Reference subject) => new(NameBasedGuid.Of("withdrawal", subject.Kind.ToString(), subject.Id));

    public override string ToString() => Value.ToString();
}

public static class Identifiers
{
    /// <summary>The stream that an id names: its category, a hyphen and the id.</summary>
    public static string Stream<TId>(this TId id) where TId : struct, IIdentifier<TId> => $"{TId.Category}-{id.Value}";

    /// <exception cref="FormatException">The text is not a UUID.</exception>
    public static TId Parse<TId>(string text) where TId : struct, IIdentifier<TId> => Guid.TryParse(text, out var value)
        ? TId.From(value)
        : throw new FormatException($"'{text}' is not the id of a {TId.Category}: expected a UUID.");
}

internal sealed class IdentifierJson<TId> : JsonConverter<TId> where TId : struct, IIdentifier<TId>
{
    public override TId Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => TId.From(reader.GetGuid());

    public override void Write(Utf8JsonWriter writer, TId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
