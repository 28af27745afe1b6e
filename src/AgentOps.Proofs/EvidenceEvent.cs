using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentOps.Proofs;

/// <summary>What an event names as its input or output: a kind, such as <c>model</c>, and an id.</summary>
public sealed record EvidenceReference(string Kind, string Id)
{
    /// <summary>Of a registered version, <c>agent:3</c>, and of an alias, <c>agent@production</c>.</summary>
    internal const string VersionKind = "model-version";

    internal const string DeploymentKind = "deployment";

    internal static EvidenceReference AliasOf(string model, string alias) => new(VersionKind, $"{model}@{alias}");
}

/// <summary>An event as a bundle has it, a line of <c>events.jsonl</c>: the exact texts that its leaf was made of, and the path to the checkpoint's root.</summary>
/// <param name="At">Microseconds since 1970.</param>
/// <param name="Path">Of the leaf, RFC 6962 section 2.1.1.</param>
public sealed record EvidenceEvent(long Position, Guid Id, long At, int Version, string Stream, string Type, string Meta, string Data, IReadOnlyList<byte[]> Path)
{
    /// <summary>What the ledger takes of an event's data and meta together.</summary>
    public const int MostBytes = 65_536;

    internal const string TrainingCompleted = "training.completed.v1";

    private readonly Lazy<JsonElement> _data = new(() => JsonDocument.Parse(Data).RootElement);
    private readonly Lazy<(string? Run, string? Actor)> _caused = new(() => CausedBy(Meta));
    private readonly Lazy<IReadOnlyList<EvidenceReference>> _inputs = new(() => References(Position, Data, "inputs"));
    private readonly Lazy<IReadOnlyList<EvidenceReference>> _outputs = new(() => References(Position, Data, "outputs"));

    /// <exception cref="FormatException">The data are not those of an event.</exception>
    [JsonIgnore]
    public IReadOnlyList<EvidenceReference> Inputs => _inputs.Value;

    /// <exception cref="FormatException">The data are not those of an event.</exception>
    [JsonIgnore]
    public IReadOnlyList<EvidenceReference> Outputs => _outputs.Value;

    /// <summary>The run for which it happened; null for what was asked for outside of one.</summary>
    [JsonIgnore]
    public string? Run => _caused.Value.Run;

    /// <summary>Who caused it.</summary>
    [JsonIgnore]
    public string? Actor => _caused.Value.Actor;

    public static EvidenceEvent Of(EventBytes bytes, IReadOnlyList<byte[]> path) =>
        new(bytes.Position, bytes.Id, bytes.AtMicroseconds, bytes.Version, Text(bytes.Stream), Text(bytes.Type), Text(bytes.Meta), Text(bytes.Data), path);

    public bool IsIn(Checkpoint checkpoint) => !Path.Contains(null!) && InclusionProof.Verify(Position - 1, checkpoint.Size, Leaf(), Path, checkpoint.Root);

    /// <summary>When it was appended, by the ledger's clock.</summary>
    [JsonIgnore]
    public DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddTicks(At * TimeSpan.TicksPerMicrosecond);

    /// <summary>The data, as far as <typeparamref name="T"/> has their members.</summary>
    /// <exception cref="JsonException">They lack one that it asks for.</exception>
    public T Read<T>() => JsonSerializer.Deserialize<T>(Data, EvidenceBundle.Json)!;

    /// <summary>A whole number that the data hold.</summary>
    /// <exception cref="FormatException">They hold none of this name.</exception>
    public int Number(string member) => _data.Value.TryGetProperty(member, out var value) && value.TryGetInt32(out var number)
        ? number
        : throw new FormatException($"The data of event {Position} have no number '{member}'.");

    /// <summary>A text that the data hold; null where they hold none of this name.</summary>
    public string? Member(string member) => Text(_data.Value, member);

    /// <summary>An object that the data hold; null where they hold none of this name.</summary>
    public JsonElement? Part(string member) => _data.Value.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    /// <summary>The files that the data name as those of a model; null where they name none.</summary>
    /// <exception cref="FormatException">They name something else.</exception>
    public IReadOnlyList<EvidenceFile>? Files()
    {
        if (!_data.Value.TryGetProperty("files", out var files))
            return null;
        try
        {
            return files.Deserialize<IReadOnlyList<EvidenceFile>>(EvidenceBundle.Json);
        }
        catch (JsonException cause)
        {
            throw new FormatException($"The data of event {Position} do not list the model's files.", cause);
        }
    }

    private static string? Text(JsonElement of, string member) => of.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static (string? Run, string? Actor) CausedBy(string meta)
    {
        using var parsed = JsonDocument.Parse(meta);
        return (Text(parsed.RootElement, "run"), Text(parsed.RootElement, "actor"));
    }

    private static IReadOnlyList<EvidenceReference> References(long position, string data, string member)
    {
        try
        {
            using var parsed = JsonDocument.Parse(data);
            return [.. parsed.RootElement.GetProperty(member).EnumerateArray().Select(at => new EvidenceReference(at.GetProperty("kind").GetString()!, at.GetProperty("id").GetString()!)).Distinct()];
        }
        catch (Exception cause) when (cause is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"The data of event {position} do not list their {member}.", cause);
        }
    }

    private byte[] Leaf() => new EventBytes(Position, Id, At, Version, Bytes(Stream), Bytes(Type), Bytes(Meta), Bytes(Data)).Leaf();

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
