using System.Text.Json.Serialization;

namespace AgentOps.Contracts;

/// <summary>PreferenceBuilder's facts: what each data set is made of, and what became of everything that is not in it.</summary>
public static class DatasetEvents
{
    public static readonly IReadOnlyList<EventType> All =
    [
        EventType.Of<DatasetBuilt>("dataset.built.v1"),
        EventType.Of<DatasetFailed>("dataset.failed.v1"),
    ];
}

public enum DatasetKind
{
    /// <summary>One <see cref="TokenSequence"/> a line.</summary>
    Demonstrations,

    /// <summary>One <see cref="PreferencePair"/> a line.</summary>
    Preferences,

    /// <summary>One <see cref="LabelledSequence"/> a line.</summary>
    Labelled,
}

/// <param name="Data">The samples, one JSON object a line, in the order of (task, sample). A sample of personal data is an <see cref="Encrypted"/>; one of two subjects is encrypted under both, one inside the other.</param>
/// <param name="Members">Whose samples these are: for each line of <paramref name="Data"/> the id of its trajectory, for a pair those of the chosen and the rejected one. In events without
/// <paramref name="MembersRoot"/> the ids of all trajectories, sorted, and the lines of the data named them too.</param>
/// <param name="MembersRoot">The Merkle root of RFC 6962 over the lines of <paramref name="Members"/>, so that a member can be proved without the others.</param>
public sealed record DatasetBuilt(DatasetId Dataset, StepKey Step, DatasetWork Work, DatasetKind Kind, Digest Data, Digest Members, int Samples, long Tokens, BalanceSheet Balance, Digest? MembersRoot = null) : IEvent
{
    /// <summary>What the set came to, whatever run it was for. Null where the lines of the data named the trajectories, whose ids follow from the run.</summary>
    [JsonIgnore] public Digest? Content => MembersRoot is null ? null : Data;

    public IReadOnlyList<Reference> Inputs =>
    [
        .. Work.Sources.Select(s => Reference.To(ReferenceKind.Generation, s.Generation)).Distinct(),
        .. Work.Sources.Where(s => s.Judgement is not null).Select(s => Reference.To(ReferenceKind.Judgement, s.Judgement!.Value)).Distinct(),
        .. Work.Comparison is { } comparison ? [Reference.To(ReferenceKind.Judgement, comparison)] : Array.Empty<Reference>(),
        Reference.Model(Work.Tokenizer),
    ];

    public IReadOnlyList<Reference> Outputs => [Reference.To(ReferenceKind.Dataset, Dataset), Reference.Artifact(Data), Reference.Artifact(Members)];
}

/// <param name="Balance">What became of the samples, where the building got that far.</param>
public sealed record DatasetFailed(DatasetId Dataset, StepKey Step, string Reason, BalanceSheet? Balance) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <summary>The tokens of one trajectory as they are trained on: exactly those sampled, never text tokenised again. Whose they are is not said, so that the same tokens are the same bytes in every run.</summary>
/// <param name="Ids">All token ids of the episode.</param>
/// <param name="Trained">Pairs of start and length: the agent's own tokens with their end mark, which carry the loss.</param>
/// <param name="Weights">How much each of <paramref name="Trained"/> counts in sft's loss; null: 1 each.</param>
public sealed record TokenSequence(string Task, int Sample, int[] Ids, int[][] Trained, double[]? Weights = null);

/// <param name="Desirable">Whether the judges accepted the trajectory.</param>
public sealed record LabelledSequence(TokenSequence Sequence, bool Desirable);

public sealed record PreferencePair(TokenSequence Chosen, TokenSequence Rejected);

/// <summary>A line of a shard's token artifact. The trajectory's event says where its line lies.</summary>
/// <param name="LogProbs">Natural logs of the untempered softmax at each trained token but the end marks that no model sampled, in order of <paramref name="Trained"/>.</param>
public sealed record SampledTokens(int[] Ids, int[][] Trained, float[] LogProbs, double Temperature, double TopP);
