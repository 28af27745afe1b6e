using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AgentOps.Contracts;

namespace AgentOps.LearnProbe;

/// <summary>A second stage as the command line writes it: what it does and its settings, such as <c>grpo:iterations=20,learningRate=1e-4</c>.</summary>
/// <param name="Text">Its name in the table.</param>
/// <param name="Given">Settings under the names that a pipeline file gives them; and <c>rounds</c>, <c>iterations</c>, <c>groups</c>, <c>samples</c>.</param>
internal sealed record StageSpecification(string Text, string Does, JsonObject Given)
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    private static readonly string[] Names = [.. RecordedStage.Names, .. OnlineStage.Names, HybridStage.Name];

    /// <param name="text">Several, with a semicolon between them.</param>
    /// <exception cref="ArgumentException">A stage or one of its settings is not known.</exception>
    public static StageSpecification[] ParseAll(string text) => [.. text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse)];

    public int Count(string name, int otherwise) => Given[name] is { } value ? (int)value.GetValue<long>() : otherwise;

    public string? Word(string name) => Given[name]?.ToString();

    public double? Real(string name) => Given[name]?.Deserialize<double>();

    /// <summary>The settings but for those named, as a pipeline's options.</summary>
    /// <exception cref="ArgumentException">A setting is not one of them.</exception>
    public T Options<T>(params string[] but)
    {
        var rest = new JsonObject(Given.Where(setting => !but.Contains(setting.Key)).Select(setting => KeyValuePair.Create(setting.Key, setting.Value?.DeepClone())));
        try
        {
            return rest.Deserialize<T>(Strict)!;
        }
        catch (JsonException e)
        {
            throw new ArgumentException($"The stage '{Text}': {e.Message}", e);
        }
    }

    private static StageSpecification Parse(string text)
    {
        var (does, settings) = text.Split(':', 2) is [var first, var rest] ? (first, rest) : (text, "");
        if (!Names.Contains(does))
            throw new ArgumentException($"'{does}' is not a stage: there are {string.Join(", ", Names)}.");
        var given = settings.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Split('=', 2) is [var name, var value]
            ? KeyValuePair.Create(name, Value(value))
            : throw new ArgumentException($"The stage '{text}': '{setting}' is not 'name=value'."));
        return Checked(new(text, does, Nested(text, given)));
    }

    /// <summary>A dot leads into an object, such as <c>stop.rewardBelow=0.5</c>.</summary>
    private static JsonObject Nested(string stage, IEnumerable<KeyValuePair<string, JsonNode?>> settings)
    {
        var all = new JsonObject();
        foreach (var (name, value) in settings)
        {
            var path = name.Split('.');
            var into = path[..^1].Aggregate(all, (outer, part) => (outer[part] ??= new JsonObject()) as JsonObject ?? throw Twice(part));
            if (!into.TryAdd(path[^1], value))
                throw Twice(name);
        }
        return all;
        ArgumentException Twice(string name) => new($"The stage '{stage}': '{name}' is given twice.");
    }

    /// <summary>A wrong word is said before anything is trained, not after minutes.</summary>
    private static StageSpecification Checked(StageSpecification stage)
    {
        if (stage.Does == HybridStage.Name)
            _ = Checked(HybridStage.Rewards(stage));
        else if (!OnlineStage.Names.Contains(stage.Does))
            _ = RecordedStage.Options(stage);
        else if (TrainingMethods.Given(OnlineStage.Options(stage)).Select(setting => OnlineMethods.Objection(stage.Does, setting)).FirstOrDefault(objection => objection is not null) is { } objection)
            throw new ArgumentException($"The stage '{stage.Text}': {objection}");
        return stage;
    }

    // Whole numbers without a point, as integer settings need them; a list's members have a bar between them, since commas stand between settings.
    private static JsonNode? Value(string text) =>
        text.Contains('|') ? new JsonArray([.. text.Split('|').Select(Value)])
        : long.TryParse(text, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole)
        : double.TryParse(text, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number)
        : JsonValue.Create(text);
}
