using System.Text.Json.Serialization;

namespace AgentOps.Contracts;

/// <summary>A pipeline file after validation: what the user asked for, with every default filled in.</summary>
/// <param name="Without">Withdrawals whose trajectories no data set of the run takes; null: none.</param>
public sealed record PipelineSpecification(
    string Name,
    long Seed,
    string Environment,
    BaseSpecification Base,
    IReadOnlyList<StepSpecification> Steps,
    IReadOnlyList<WithdrawalId>? Without = null)
{
    /// <summary>Every step; those inside of a repeat once.</summary>
    [JsonIgnore]
    public IEnumerable<StepSpecification> AllSteps => Within(Steps);

    private static IEnumerable<StepSpecification> Within(IEnumerable<StepSpecification> steps) => steps.SelectMany(step => step is RepeatStep repeat ? Within(repeat.Steps).Prepend(step) : [step]);
}

/// <summary>Where the first model comes from: exactly one of the three.</summary>
/// <param name="Scratch">A new model that has only learned to copy.</param>
/// <param name="Model">A registered model, <c>name@alias</c> or <c>name:version</c>.</param>
/// <param name="HuggingFace">The absolute path of a model folder in Hugging Face's layout, as Trainer sees it.</param>
/// <param name="Adapter">Of a folder: the absolute path of an adapter in PEFT's layout that is merged into it; null: none.</param>
public sealed record BaseSpecification(ScratchModel? Scratch = null, string? Model = null, string? HuggingFace = null, string? Adapter = null);

/// <param name="Family">The architecture's name in Hugging Face's config.json; <c>qwen3</c>.</param>
/// <param name="Width">The hidden size.</param>
/// <param name="Vocabulary">Tokens of the byte-level BPE at most.</param>
/// <param name="Context">Positions at most, in tokens.</param>
/// <param name="CopyTokens">Tokens of the copying stage at most; it ends earlier once copying is learned.</param>
public sealed record ScratchModel(string Family = "qwen3", int Layers = 4, int Width = 128, int Heads = 4, int Vocabulary = 1024, int Context = 2048, long CopyTokens = 2_000_000);

[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(GenerateStep), "generate")]
[JsonDerivedType(typeof(JudgeStep), "judge")]
[JsonDerivedType(typeof(PairStep), "pair")]
[JsonDerivedType(typeof(TrainStep), "train")]
[JsonDerivedType(typeof(EvaluateStep), "evaluate")]
[JsonDerivedType(typeof(PromoteStep), "promote")]
[JsonDerivedType(typeof(RepeatStep), "repeat")]
public abstract record StepSpecification
{
    /// <summary>The name that later steps use; unique in the file.</summary>
    public string? As { get; init; }

    /// <summary>How long one attempt may take.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How often the step may be tried in all.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>Whether the step waits for people.</summary>
    [JsonIgnore]
    public bool AsksPeople => this is JudgeStep { Reviewers: not null } or PairStep { Reviewers: not null };

    /// <summary>The environment that the step names itself; null: the pipeline's, or it plays nothing.</summary>
    [JsonIgnore]
    public string? OwnEnvironment => this switch
    {
        GenerateStep generate => generate.Environment,
        TrainStep train => train.Online?.Environment,
        EvaluateStep evaluate => evaluate.Environment,
        _ => null,
    };
}

/// <param name="Policy"><c>expert</c>, <c>random</c>, <c>base</c>, <c>current</c>, <c>previous</c> or a trained step's name.</param>
/// <param name="Episodes">Episodes in all: tasks times samples.</param>
/// <param name="Tasks"><c>same</c>: from the split's first task on; <c>fresh</c>: tasks that this run has not used on that split yet; or an earlier generate step's name: from its first task on, so that two policies play the same tasks.</param>
/// <param name="Subject">Whose personal data the episodes hold: what was said in them is encrypted under this subject's key.</param>
/// <param name="Environment">Null: the pipeline's.</param>
/// <param name="Team">Who plays each role, where not one policy plays all; <paramref name="Policy"/> then says the same in words. Null: one does.</param>
public sealed record GenerateStep(string Policy, string Split, int Episodes, int Samples = 1, string Tasks = "same", double Temperature = 1.0, string? Subject = null, string? Environment = null, IReadOnlyDictionary<string, string>? Team = null) : StepSpecification;

/// <param name="With">The judges: <c>environment</c>, <c>rules</c>, <see cref="People"/>. Judges every trajectory of the run that is not judged yet.</param>
/// <param name="Reviewers">How many people judge a trajectory, where people are among the judges; null: they are not.</param>
/// <param name="Reviews">How many trajectories people judge at most; null: all.</param>
public sealed record JudgeStep(IReadOnlyList<string> With, int? Reviewers = null, int? Reviews = null) : StepSpecification
{
    public const string People = "people";
}

/// <param name="Strategy"><c>contrast</c>: ETO's pairs of a better and a worse trajectory of one task; <c>steps</c>: pairs of a better and a worse action on one history; <c>both</c>, as IPR has them; <see cref="People"/>: two trajectories of one task, of which people say which is better.</param>
/// <param name="Data">Names of generate steps.</param>
/// <param name="Steps">Null: as the strategy does by itself.</param>
/// <param name="Role">Whose sequences of a team's trajectories are paired; null: those of all roles, each with its own.</param>
/// <param name="Reviewers">How many people compare a pair; null for the other strategies.</param>
/// <param name="Pairs">How many pairs people compare at most; null: one of each task.</param>
public sealed record PairStep(string Strategy, IReadOnlyList<string> Data, StepPairOptions? Steps = null, string? Role = null, int? Reviewers = null, int? Pairs = null) : StepSpecification
{
    public const string People = "people";

    public const string Contrast = "contrast";
    public const string OfSteps = "steps";
    public const string Both = "both";
}

/// <summary>Which actions are told apart; what is null takes the builder's default.</summary>
/// <param name="Lead">How much more reward the chosen action came to on average, at least.</param>
/// <param name="Visits">Trajectories that took an action, at least.</param>
public sealed record StepPairOptions(double? Lead = null, int? Visits = null);

/// <param name="Method">One of <see cref="TrainingMethods.Names"/>.</param>
/// <param name="From">The model to start from: <c>base</c>, <c>current</c>, <c>previous</c> or a trained step's name.</param>
/// <param name="Data">Names of generate steps (for sft, reptile, kto and a reward model of outcomes); empty: everything generated so far, and for sft and reptile what the step it starts from has learned from (from a model that an evaluation kept, or from one made of it, they must be named). For dpo and a reward model of pairs: the name of a pair step; empty: the last one.</param>
/// <param name="Demonstrations">Null: each accepted trajectory as it is.</param>
/// <param name="Online">Set for the methods that learn from what they play themselves: <see cref="OnlineMethods.Names"/>, which have no data of others.</param>
/// <param name="Role">Of a training on trajectories: whose sequences of a team's it learns; null: those of all roles, with the same weights.</param>
public sealed record TrainStep(string Method, string From, IReadOnlyList<string> Data, TrainOptions Options, DemonstrationOptions? Demonstrations = null, OnlineSettings? Online = null, string? Role = null) : StepSpecification;

/// <summary>How trajectories become sft's demonstrations, where not each accepted one is taken as it is.</summary>
/// <param name="Failures"><see cref="Marked"/>: rejected trajectories are learned too, under a mark; null: they are left out.</param>
/// <param name="InvalidWeight">The weight of turns whose action the environment did not understand; null: 1.</param>
public sealed record DemonstrationOptions(string? Failures = null, double? InvalidWeight = null)
{
    public const string Marked = "marked";
}

/// <summary>What an online training plays: in every iteration so many tasks that it has not played yet, each so many times.</summary>
/// <param name="Tasks"><c>fresh</c>, <c>same</c> or an earlier generate step's name, as for a generate step.</param>
/// <param name="Groups">Tasks an iteration.</param>
/// <param name="Samples">Episodes of each task, whose rewards are compared with each other.</param>
/// <param name="Subject">Whose personal data the episodes hold, as for a generate step.</param>
/// <param name="Environment">Null: the pipeline's.</param>
/// <param name="RewardModel">The earlier reward training whose model scores the episodes; null: none does.</param>
/// <param name="Role">The role of a team that it plays and learns; null: all roles, with the same weights.</param>
/// <param name="Partners">By role, who plays the others.</param>
public sealed record OnlineSettings(string Split, string Tasks, int Groups, int Samples, int Iterations, OnlineOptions Options, string? Subject = null, string? Environment = null, string? RewardModel = null,
    string? Role = null, IReadOnlyDictionary<string, string>? Partners = null);

/// <summary>The settings of an online training; what is null takes the algorithm's default.</summary>
/// <param name="LearningRate">AdamW's, the same in all steps.</param>
/// <param name="BatchTokens">Tokens per optimiser step.</param>
/// <param name="Clip">How far below 1 a token's probability ratio may count.</param>
/// <param name="ClipHigh">How far above 1.</param>
/// <param name="Kl">Weight of the divergence from the start model.</param>
/// <param name="Normalise"><c>tokens</c>: every token of a batch counts the same; <c>sequence</c>: every episode.</param>
/// <param name="Scale"><c>group</c>: advantages are divided by the standard deviation of their group; <c>none</c>.</param>
/// <param name="StateWeight">GiGPO's ω: weight of the advantages among turns at the same observation.</param>
/// <param name="Discount">γ of gigpo and ppo: what a reward is worth a turn earlier.</param>
/// <param name="Entropy">Weight of the entropy bonus.</param>
/// <param name="Epochs">Passes over each iteration's episodes, for the methods with a clipped ratio.</param>
/// <param name="Lambda">PPO's λ of generalised advantage estimation.</param>
/// <param name="ValueWeight">Weight of the value head's loss.</param>
/// <param name="ValueClip">How far a value may move in an iteration and be paid for it.</param>
/// <param name="Reward">What an episode's reward is made of; null: the environment's alone.</param>
/// <param name="Horizon">The most turns of an episode, phase by phase; null: the environment's limit.</param>
/// <param name="Stop">Ends a training that collapses; null: it goes on.</param>
/// <param name="ObservationWeight">Weight of what the environment said as a target besides; null: it is read and not learned.</param>
/// <param name="Credit">Of a team: <c>shared</c>: each role is paid what the whole episode earned; <c>split</c>: turns and invalid actions are charged to the role whose they are. Null: shared.</param>
public sealed record OnlineOptions(
    double? LearningRate = null,
    int? BatchTokens = null,
    double? Clip = null,
    double? ClipHigh = null,
    double? Kl = null,
    string? Normalise = null,
    string? Scale = null,
    double? StateWeight = null,
    double? Discount = null,
    double? Entropy = null,
    int? Epochs = null,
    double? Lambda = null,
    double? ValueWeight = null,
    double? ValueClip = null,
    RewardWeights? Reward = null,
    IReadOnlyList<int>? Horizon = null,
    StopRule? Stop = null,
    string? Credit = null,
    double? ObservationWeight = null)
{
    public const string Shared = "shared";
    public const string Split = "split";
}

/// <summary>The settings of a training; what is null takes the algorithm's default.</summary>
/// <param name="Tokens">Training tokens to see in all, padding not counted.</param>
/// <param name="Epochs">Passes over the data; the alternative to <paramref name="Tokens"/>.</param>
/// <param name="LearningRate">AdamW's peak learning rate.</param>
/// <param name="BatchTokens">Tokens per optimiser step.</param>
/// <param name="Beta">β of DPO and KTO.</param>
/// <param name="SftWeight">Weight of the SFT term on the chosen trajectories.</param>
/// <param name="PreferenceWeight">Weight of the preference term; 0 gives the SFT-only arm.</param>
/// <param name="Loss">What dpo learns its pairs by, or a reward model its scores: one of <see cref="TrainingMethods.LossesOf"/>.</param>
/// <param name="Smoothing">The robust loss's ε: the share of pairs that are believed to be the wrong way round.</param>
/// <param name="Margin">SimPO's γ: the lead that a chosen trajectory is asked for.</param>
/// <param name="Discount">DMPO's γ: how much less a later turn counts.</param>
/// <param name="DesirableWeight">KTO's λ of desirable trajectories.</param>
/// <param name="UndesirableWeight">KTO's λ of undesirable trajectories.</param>
/// <param name="Adapter">Null: all weights are trained.</param>
/// <param name="KlWeight">Weight of SFT's KL divergence to the base.</param>
/// <param name="L2Weight">Weight of half the squared distance to the base's weights, for SFT.</param>
/// <param name="InnerSteps">Reptile's k: steps on one kind of task.</param>
/// <param name="MetaRate">Reptile's ε of the first iteration.</param>
/// <param name="Shares">How much of SFT's training tokens comes from each environment, in all 1; null: as much as the data have.</param>
/// <param name="Packing">Whether a step's sequences lie one behind the other in one row instead of side by side with padding; null: side by side, as in events of before there was a choice.</param>
/// <param name="ObservationWeight">Weight of what the environment says as a target beside the agent's own tokens; null: it is read and not learned.</param>
/// <param name="Processes">How many take each step together, every one with its part of the batch; null: one.</param>
public sealed record TrainOptions(
    long? Tokens = null,
    int? Epochs = null,
    double? LearningRate = null,
    int? BatchTokens = null,
    double? Beta = null,
    double? SftWeight = null,
    double? PreferenceWeight = null,
    string? Loss = null,
    double? Smoothing = null,
    double? Margin = null,
    double? Discount = null,
    double? DesirableWeight = null,
    double? UndesirableWeight = null,
    AdapterOptions? Adapter = null,
    double? KlWeight = null,
    double? L2Weight = null,
    IReadOnlyDictionary<string, double>? Shares = null,
    int? InnerSteps = null,
    double? MetaRate = null,
    bool? Packing = null,
    int? Processes = null,
    double? ObservationWeight = null);

/// <summary>What is trained beside frozen weights: exactly one of the two.</summary>
/// <param name="Lora">Beside the weights as they are.</param>
/// <param name="Qlora">Beside the weights in four bits.</param>
public sealed record AdapterOptions(LoraOptions? Lora = null, LoraOptions? Qlora = null);

/// <param name="Rank">r, the inner width of the two matrices.</param>
/// <param name="Alpha">α: their product is multiplied with α/r.</param>
/// <param name="Targets">The adapted linear maps of every block; null: all.</param>
public sealed record LoraOptions(int Rank, double Alpha, IReadOnlyList<string>? Targets = null)
{
    /// <summary>The linear maps of a block, by their names in Hugging Face's models.</summary>
    public static readonly IReadOnlyList<string> AllTargets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];
}

/// <param name="Policies"><c>random</c>, <c>expert</c>, <c>base</c> and names of trained steps, all played on the same tasks.</param>
/// <param name="Environment">Null: the pipeline's.</param>
/// <param name="Keep">The name under which the best of the models goes on; null: none is chosen.</param>
/// <param name="Teams">Those of the policies that are teams: by name, who plays each role. Null: none is.</param>
/// <param name="Subject">Whose personal data the episodes hold: what was said in them is encrypted under this subject's key.</param>
public sealed record EvaluateStep(string Split, int Episodes, IReadOnlyList<string> Policies, string? Environment = null, string? Keep = null, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>? Teams = null, string? Subject = null) : StepSpecification;

/// <param name="When">The gate, all of which must hold.</param>
/// <param name="Test"><c>paired</c> asks for an exact McNemar test below <paramref name="Alpha"/> besides; <c>none</c> for the comparison alone.</param>
/// <param name="Role">Where the candidates are teams: the role whose model is registered. Null: they are models.</param>
public sealed record PromoteStep(string Model, string Alias, IReadOnlyList<string> Candidates, IReadOnlyList<GateCondition> When, string Test = "none", double Alpha = 0.05, string? Role = null) : StepSpecification;

/// <summary>One comparison of the gate, <c>name.metric op name.metric</c>. A name is an evaluation, which stands for the candidate's own figure in it, or a policy that the evaluation played.</summary>
public sealed record GateCondition(string LeftName, string LeftMetric, string Operator, string RightName, string RightMetric)
{
    public override string ToString() => $"{LeftName}.{LeftMetric} {Operator} {RightName}.{RightMetric}";
}

public sealed record RepeatStep(int Times, IReadOnlyList<StepSpecification> Steps) : StepSpecification;
