using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AgentOps.Contracts;

namespace AgentOps.Pipeline;

/// <summary>Writes a specification as the file that reads as the same specification, in JSON, which is YAML too.</summary>
public static class PipelineFileWriter
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = EventRegistry.Json.Encoder };

    public static string Write(PipelineSpecification specification) => Object(
        ("apiVersion", PipelineFile.ApiVersion),
        ("name", specification.Name),
        ("seed", specification.Seed),
        ("environment", specification.Environment),
        ("base", Base(specification.Base)),
        ("without", specification.Without is { } ids ? Texts(ids.Select(id => id.ToString())) : null),
        ("steps", Steps(specification.Steps))).ToJsonString(Indented) + "\n";

    private static JsonObject Base(BaseSpecification wanted) => wanted switch
    {
        { Model: { } model } => Object(("model", model)),
        { HuggingFace: { } folder } => Object(("huggingface", folder), ("adapter", wanted.Adapter)),
        { Scratch: { } s } => Object(("scratch", Object(
            ("family", s.Family), ("layers", s.Layers), ("width", s.Width), ("heads", s.Heads), ("vocab", s.Vocabulary), ("context", s.Context), ("copyTokens", s.CopyTokens)))),
        _ => throw new InvalidOperationException("A base is a scratch model, a registered one or a folder."),
    };

    private static JsonArray Steps(IReadOnlyList<StepSpecification> steps) => new([.. steps.Select(Step)]);

    private static JsonObject Step(StepSpecification step)
    {
        var written = Object((Planner.KindOf(step), Settings(step)));
        if (step is RepeatStep)
            return written;
        if (step.As is { } name)
            written["as"] = name;
        written["deadline"] = string.Create(CultureInfo.InvariantCulture, $"{step.Deadline.TotalSeconds:0.###}s");
        written["attempts"] = step.Attempts;
        return written;
    }

    private static JsonObject Settings(StepSpecification step) => step switch
    {
        GenerateStep s => Object(("policy", s.Team is { } team ? Team(team) : s.Policy), ("split", s.Split), ("episodes", s.Episodes), ("samples", s.Samples), ("tasks", s.Tasks), ("temperature", s.Temperature), ("subject", s.Subject), ("environment", s.Environment)),
        JudgeStep s => Object(("with", Texts(s.With)), ("reviewers", s.Reviewers), ("reviews", s.Reviews)),
        PairStep s => Object(("strategy", s.Strategy), ("data", Texts(s.Data)), ("lead", s.Steps?.Lead), ("visits", s.Steps?.Visits), ("reviewers", s.Reviewers), ("pairs", s.Pairs), ("role", s.Role)),
        TrainStep { Online: { } o } s => Object(
            ("method", s.Method), ("from", s.From), ("split", o.Split), ("tasks", o.Tasks), ("groups", o.Groups), ("samples", o.Samples), ("iterations", o.Iterations), ("subject", o.Subject), ("environment", o.Environment), ("rewardModel", o.RewardModel), ("role", o.Role), ("partners", o.Partners is { } partners ? Team(partners) : null),
            ("learningRate", o.Options.LearningRate), ("batchTokens", o.Options.BatchTokens), ("clip", o.Options.Clip), ("clipHigh", o.Options.ClipHigh), ("kl", o.Options.Kl),
            ("normalise", o.Options.Normalise), ("scale", o.Options.Scale), ("stateWeight", o.Options.StateWeight), ("discount", o.Options.Discount),
            ("entropy", o.Options.Entropy), ("epochs", o.Options.Epochs), ("lambda", o.Options.Lambda), ("valueWeight", o.Options.ValueWeight), ("valueClip", o.Options.ValueClip),
            ("reward", Reward(o.Options.Reward)), ("horizon", o.Options.Horizon is { } horizon ? new JsonArray([.. horizon.Select(turns => JsonValue.Create(turns))]) : null),
            ("stop", o.Options.Stop is { } stop ? Object(("rewardBelow", stop.RewardBelow), ("entropyBelow", stop.EntropyBelow)) : null), ("credit", o.Options.Credit), ("observationWeight", o.Options.ObservationWeight)),
        TrainStep s => Object(
            ("method", s.Method), ("from", s.From), ("data", s.Data.Count > 0 ? Texts(s.Data) : null), ("role", s.Role),
            ("failures", s.Demonstrations?.Failures), ("invalidWeight", s.Demonstrations?.InvalidWeight),
            ("tokens", s.Options.Tokens), ("epochs", s.Options.Epochs), ("learningRate", s.Options.LearningRate), ("batchTokens", s.Options.BatchTokens),
            ("beta", s.Options.Beta), ("sftWeight", s.Options.SftWeight), ("preferenceWeight", s.Options.PreferenceWeight),
            ("loss", s.Options.Loss), ("smoothing", s.Options.Smoothing), ("margin", s.Options.Margin), ("discount", s.Options.Discount),
            ("desirableWeight", s.Options.DesirableWeight), ("undesirableWeight", s.Options.UndesirableWeight), ("adapter", Adapter(s.Options.Adapter)),
            ("klWeight", s.Options.KlWeight), ("l2Weight", s.Options.L2Weight), ("observationWeight", s.Options.ObservationWeight), ("shares", Shares(s.Options.Shares)),
            ("innerSteps", s.Options.InnerSteps), ("metaRate", s.Options.MetaRate), ("packing", s.Options.Packing), ("processes", s.Options.Processes)),
        EvaluateStep s => Object(("split", s.Split), ("episodes", s.Episodes), ("policies", Policies(s)), ("subject", s.Subject), ("environment", s.Environment), ("keep", s.Keep)),
        PromoteStep s => Object(
            ("model", s.Model), ("alias", s.Alias), ("candidates", Texts(s.Candidates)), ("when", string.Join(" and ", s.When)), ("test", s.Test), ("alpha", s.Alpha), ("role", s.Role)),
        RepeatStep s => Object(("times", s.Times), ("steps", Steps(s.Steps))),
        _ => throw new InvalidOperationException($"{step.GetType().Name} cannot be written."),
    };

    private static JsonObject Team(IEnumerable<KeyValuePair<string, string>> team) => Object([.. team.Select(member => (member.Key, (JsonNode?)JsonValue.Create(member.Value)))]);

    private static JsonArray Policies(EvaluateStep step) => new([.. step.Policies.Select(name =>
        step.Teams?.GetValueOrDefault(name) is { } team ? Team([new("as", name), .. team]) : (JsonNode)JsonValue.Create(name))]);

    private static JsonObject? Shares(IReadOnlyDictionary<string, double>? shares) =>
        shares is null ? null : Object([.. shares.Select(share => (share.Key, (JsonNode?)JsonValue.Create(share.Value)))]);

    private static JsonObject? Reward(RewardWeights? reward) => reward is null ? null : Object(
        ("reward", reward.Reward), ("success", reward.Success), ("invalidAction", reward.InvalidAction), ("turn", reward.Turn), ("truncated", reward.Truncated), ("model", reward.Model));

    private static JsonObject? Adapter(AdapterOptions? adapter) => adapter is null ? null : Object(("lora", Lora(adapter.Lora)), ("qlora", Lora(adapter.Qlora)));

    private static JsonObject? Lora(LoraOptions? lora) => lora is null ? null : Object(
        ("rank", lora.Rank), ("alpha", lora.Alpha), ("targets", lora.Targets is { } targets ? Texts(targets) : null));

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);

    /// <summary>What is null is left out, so that the reader's default stands.</summary>
    private static JsonObject Object(params (string Key, JsonNode? Value)[] members) =>
        new(members.Where(member => member.Value is not null).Select(member => KeyValuePair.Create(member.Key, member.Value)));
}
