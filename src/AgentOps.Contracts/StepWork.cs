using System.Text.Json.Serialization;

namespace AgentOps.Contracts;

/// <summary>One attempt at one step of a run. Every outcome answers the attempt it stands under.</summary>
/// <param name="Path">The step's place in the file, such as <c>3.train</c> or <c>5.repeat[2].judge</c>; <c>base</c> for the base model, <c>3.train.dataset</c> for a training's data set.</param>
public sealed record StepKey(RunId Run, string Path, int Attempt);

/// <summary>What a step asks of the service that does it, with every name of the file resolved to digests and ids.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ScratchWork), "scratch")]
[JsonDerivedType(typeof(ImportWork), "import")]
[JsonDerivedType(typeof(GenerateWork), "generate")]
[JsonDerivedType(typeof(JudgeWork), "judge")]
[JsonDerivedType(typeof(CompareWork), "compare")]
[JsonDerivedType(typeof(DatasetWork), "dataset")]
[JsonDerivedType(typeof(TrainWork), "train")]
[JsonDerivedType(typeof(OnlineTrainWork), "train-online")]
[JsonDerivedType(typeof(EvaluateWork), "evaluate")]
[JsonDerivedType(typeof(PromoteWork), "promote")]
public abstract record StepWork;

/// <summary>For Trainer: a tokenizer from the environments' training text and a network that has learned to copy.</summary>
/// <param name="Further">The other environments that the run plays; null: none.</param>
public sealed record ScratchWork(string Environment, ScratchModel Model, long Seed, IReadOnlyList<string>? Further = null) : StepWork
{
    /// <summary>All environments whose text the base has seen.</summary>
    [JsonIgnore]
    public IEnumerable<string> Environments => [Environment, .. Further ?? []];
}

/// <summary>For Trainer: take a folder in Hugging Face's layout into the artifact store as the base model, as it is, or with an adapter merged into it.</summary>
/// <param name="HuggingFace">The folder's absolute path.</param>
/// <param name="Adapter">The absolute path of an adapter in PEFT's layout that is for this model; null: none.</param>
public sealed record ImportWork(string HuggingFace, string? Adapter = null) : StepWork
{
    /// <summary>The folders that are read.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Folders => Adapter is null ? [HuggingFace] : [HuggingFace, Adapter];

    /// <summary>Where the model came from, for the lineage: what happened before is not in the ledger.</summary>
    internal IEnumerable<Reference> Sources => Folders.Select(folder => Reference.To(ReferenceKind.Source, $"huggingface:{folder}"));
}

/// <summary>For Generator: play episodes and record them. Episode e plays task <c>FirstTask + e / Samples</c>, sample <c>e % Samples</c>.</summary>
/// <param name="Episodes">A multiple of <paramref name="Samples"/>.</param>
/// <param name="Subject">Whose personal data is played with; null: nobody's.</param>
/// <param name="MaxTurns">Cuts an episode off before the environment's own limit does; null: that alone.</param>
public sealed record GenerateWork(string Environment, PolicyReference Policy, string Split, long FirstTask, int Episodes, int Samples, double Temperature, long Seed, string? Subject = null, int? MaxTurns = null) : StepWork;

/// <summary>For Judge: give every trajectory of these generations a verdict with reasons.</summary>
/// <param name="Reviewers">How many people judge a trajectory, where <paramref name="With"/> has people; null: it has none.</param>
/// <param name="Reviews">How many trajectories people judge at most; null: all.</param>
public sealed record JudgeWork(IReadOnlyList<GenerationId> Generations, IReadOnlyList<string> With, int? Reviewers = null, int? Reviews = null) : StepWork;

/// <summary>For Judge: ask people which of two trajectories of one task is better.</summary>
/// <param name="Pairs">How many pairs at most; null: one of each task.</param>
/// <param name="Without">Withdrawals whose trajectories nobody is shown; null: none.</param>
public sealed record CompareWork(IReadOnlyList<DatasetSource> Sources, int Reviewers, int? Pairs = null, IReadOnlyList<WithdrawalId>? Without = null) : StepWork;

/// <summary>For PreferenceBuilder: turn judged trajectories into a data set.</summary>
/// <param name="Strategy"><c>sft</c>, <c>labelled</c>, or one of <see cref="PairStep"/>'s.</param>
/// <param name="Tokenizer">The model whose tokenizer gives the ids of text that no model sampled.</param>
/// <param name="Without">Withdrawals whose trajectories are left out; null: none.</param>
/// <param name="Demonstrations">For sft; null: each accepted trajectory as it is.</param>
/// <param name="Steps">For pairs of steps; null: the builder's defaults.</param>
/// <param name="Role">Whose sequences of a team's trajectories are taken; null: those of all roles.</param>
/// <param name="Comparison">For pairs by people: what they said.</param>
public sealed record DatasetWork(string Strategy, IReadOnlyList<DatasetSource> Sources, Digest Tokenizer, IReadOnlyList<WithdrawalId>? Without = null, DemonstrationOptions? Demonstrations = null, StepPairOptions? Steps = null, string? Role = null, JudgementId? Comparison = null) : StepWork;

/// <param name="Judgement">The judge step that decides which trajectories are accepted.</param>
/// <param name="SuccessesOnly">Whether only trajectories of full reward are taken.</param>
public sealed record DatasetSource(string Name, GenerationId Generation, JudgementId? Judgement, bool SuccessesOnly);

/// <summary>For Trainer: run one algorithm on one data set.</summary>
/// <param name="From">The model to start from; for dpo and kto also the frozen reference. A reward training alone may start from a reward model.</param>
/// <param name="Data">The data set's artifact.</param>
public sealed record TrainWork(string Method, Digest From, DatasetId Dataset, Digest Data, TrainOptions Options, long Seed) : StepWork;

/// <summary>For Trainer: learn from what the model plays itself. Iteration i plays the tasks from <c>FirstTask + i · Groups</c> on, each <paramref name="Samples"/> times at temperature 1, with the model of its beginning.</summary>
/// <param name="From">The model to start from, which is also the reference of the divergence.</param>
/// <param name="RewardModel">Scores the episodes; null: none does.</param>
/// <param name="Role">The role of a team that it plays and learns; null: all roles, with the same weights.</param>
/// <param name="Partners">Who plays the other roles, the same from the first iteration to the last; null: there are none.</param>
public sealed record OnlineTrainWork(
    string Method, Digest From, string Environment, string Split, long FirstTask, int Groups, int Samples, int Iterations, OnlineOptions Options, long Seed, string? Subject = null, Digest? RewardModel = null,
    string? Role = null, IReadOnlyDictionary<string, PolicyReference>? Partners = null) : StepWork
{
    /// <summary>The models that it needs besides what is played.</summary>
    [JsonIgnore]
    public IEnumerable<Digest> Needs => new[] { From }.Concat(RewardModel is { } scores ? [scores] : []).Concat((Partners ?? Alone).Values.SelectMany(partner => partner.Models)).Distinct();

    internal IEnumerable<Reference> Models => Needs.Select(Reference.Model);

    private static readonly Dictionary<string, PolicyReference> Alone = [];

    /// <summary>The generation of an iteration.</summary>
    /// <param name="path">The training's step.</param>
    public static GenerationId GenerationOf(RunId run, string path, int iteration) => GenerationId.Of(run, path, $"iteration {iteration}");

    /// <param name="policy">The model as it is at the iteration's beginning.</param>
    public GenerateWork Play(int iteration, Digest policy) =>
        new(Environment, Player(new(PolicyKind.Model, policy)), Split, FirstTask + (long)iteration * Groups, Groups * Samples, Samples, Temperature: 1, Seed + iteration, Subject, MaxTurnsIn(iteration));

    private PolicyReference Player(PolicyReference learner) => Role is null ? learner : PolicyReference.Team((Partners ?? Alone).Append(new(Role, learner)));

    /// <summary>The horizon's phases share the iterations in equal parts.</summary>
    private int? MaxTurnsIn(int iteration) => Options.Horizon is { } horizon ? horizon[(int)((long)iteration * horizon.Count / Iterations)] : null;
}

/// <summary>For Evaluator: play every policy greedily on the same held-out tasks and compare.</summary>
/// <param name="Keep">The name that the best of the models is to have; null: none is chosen.</param>
/// <param name="Subject">Whose personal data all of them are played with; null: nobody's.</param>
public sealed record EvaluateWork(string Environment, string Split, long FirstTask, int Episodes, IReadOnlyList<NamedPolicy> Policies, long Seed, string? Keep = null, string? Subject = null) : StepWork;

/// <summary>For Registry: register the candidates and move the alias to the best one that passes the gate.</summary>
/// <param name="Evaluations">The evaluations that the gate's names may mean.</param>
/// <param name="Role">Where the candidates are teams: the role whose model is registered. Null: each candidate is a model.</param>
public sealed record PromoteWork(string Model, string Alias, IReadOnlyList<NamedPolicy> Candidates, IReadOnlyList<NamedEvaluation> Evaluations, IReadOnlyList<GateCondition> When, string Test, double Alpha, string? Role = null) : StepWork
{
    /// <summary>The model that a candidate puts forward.</summary>
    /// <exception cref="ArgumentException">It has none.</exception>
    public Digest ModelOf(NamedPolicy candidate) => (Role is null ? candidate.Policy : candidate.Policy.Members?.GetValueOrDefault(Role))?.Model
        ?? throw new ArgumentException($"The candidate '{candidate.Name}' has no model{(Role is null ? "" : $" in the role {Role}")}: it is {candidate.Policy}.");
}

public enum PolicyKind { Expert, Random, Model, Team }

/// <summary>Who plays: the environment's scripted expert, uniformly random valid actions, a model by digest, or a team of these. In an environment with roles a single policy plays all of them.</summary>
/// <param name="Members">Of a team: who plays each role, in the order of their names.</param>
public sealed record PolicyReference(PolicyKind Kind, Digest? Model = null, IReadOnlyDictionary<string, PolicyReference>? Members = null)
{
    public static PolicyReference Team(IEnumerable<KeyValuePair<string, PolicyReference>> members) =>
        new(PolicyKind.Team, Members: new SortedDictionary<string, PolicyReference>(members.ToDictionary(), StringComparer.Ordinal));

    /// <summary>Every model that plays.</summary>
    [JsonIgnore]
    public IEnumerable<Digest> Models => Model is { } model ? [model] : Members is null ? [] : Members.Values.SelectMany(member => member.Models).Distinct();

    // What a team is does not depend on which dictionary holds it.
    public bool Equals(PolicyReference? other) => other is not null && Kind == other.Kind && ToString() == other.ToString();

    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>The digest of a model policy, <c>expert</c> or <c>random</c>; of a team each role with its own.</summary>
    public override string ToString() => Members is { } members
        ? string.Join(", ", members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => $"{member.Key}: {member.Value}"))
        : Model?.ToString() ?? Kind.ToString().ToLowerInvariant();
}

public sealed record NamedPolicy(string Name, PolicyReference Policy);

public sealed record NamedEvaluation(string Name, EvaluationId Evaluation);

/// <summary>What a finished step leaves for later ones.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ModelOutput), "model")]
[JsonDerivedType(typeof(GenerationOutput), "generation")]
[JsonDerivedType(typeof(JudgementOutput), "judgement")]
[JsonDerivedType(typeof(DatasetOutput), "dataset")]
[JsonDerivedType(typeof(EvaluationOutput), "evaluation")]
[JsonDerivedType(typeof(PromotionOutput), "promotion")]
public abstract record StepOutput
{
    /// <summary>What the step came to, whatever run it was for: two runs did the same where this is the same. Null where it is not known.</summary>
    [JsonIgnore]
    public Digest? CameTo => this switch
    {
        GenerationOutput played => played.Content,
        JudgementOutput judged => judged.Content,
        DatasetOutput built => built.Content,
        _ => Gives,
    };

    /// <summary>The model that later steps may take: what a training made, or what an evaluation kept.</summary>
    [JsonIgnore]
    public Digest? Gives => this switch
    {
        ModelOutput made => made.Model,
        EvaluationOutput chosen => chosen.Kept,
        _ => null,
    };
}

public sealed record ModelOutput(Digest Model) : StepOutput;

public sealed record GenerationOutput(GenerationId Generation, Digest? Content = null) : StepOutput;

public sealed record JudgementOutput(JudgementId Judgement, Digest? Content = null) : StepOutput;

public sealed record DatasetOutput(DatasetId Dataset, Digest Data, Digest? Content = null) : StepOutput;

/// <param name="Kept">The model that was chosen; null where none was to be.</param>
public sealed record EvaluationOutput(EvaluationId Evaluation, Digest? Kept = null) : StepOutput;

/// <param name="Version">The promoted version; null where the gate refused.</param>
public sealed record PromotionOutput(string Model, int? Version) : StepOutput;
