using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace AgentOps.Contracts;

/// <summary>A fact of the ledger. <see cref="Inputs"/> and <see cref="Outputs"/> are derived from the record's own fields and stored with them: lineage is a fold of the two and of nothing else.</summary>
public interface IEvent
{
    [JsonPropertyOrder(1000)] IReadOnlyList<Reference> Inputs { get; }

    [JsonPropertyOrder(1001)] IReadOnlyList<Reference> Outputs { get; }
}

/// <summary>An event's permanent name in the ledger, such as <c>trajectory.recorded.v1</c>, and the record that reads it.</summary>
public sealed record EventType(string Name, Type Record)
{
    public static EventType Of<T>(string name) where T : IEvent => new(name, typeof(T));
}

/// <summary>The explicit list of event types. Writing an unregistered record or reading an unknown name throws: unknown means stop, never skip.</summary>
public sealed class EventRegistry
{
    /// <summary>How every event, message and API body is written: camel case, absent rather than null, enums by name.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RequireWhatIsNeverNull } },
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    private readonly Dictionary<string, EventType> _byName;
    private readonly Dictionary<Type, EventType> _byRecord;

    public EventRegistry(params IEnumerable<EventType> types)
    {
        Types = [.. types];
        _byName = Types.ToDictionary(t => t.Name);
        _byRecord = Types.ToDictionary(t => t.Record);
    }

    public IReadOnlyList<EventType> Types { get; }

    public bool Knows(string name) => _byName.ContainsKey(name);

    /// <exception cref="UnknownEventException">The record is not registered.</exception>
    public string NameOf(IEvent @event) => _byRecord.TryGetValue(@event.GetType(), out var type)
        ? type.Name
        : throw new UnknownEventException($"{@event.GetType().Name} is not a registered event: add it to its service's list in AgentOps.Contracts.");

    /// <summary>The name of a registered record.</summary>
    public string NameOf<TEvent>() where TEvent : IEvent => _byRecord[typeof(TEvent)].Name;

    public byte[] Write(IEvent @event)
    {
        NameOf(@event);
        return JsonSerializer.SerializeToUtf8Bytes(@event, @event.GetType(), Json);
    }

    /// <exception cref="UnknownEventException">The name is not registered, which means that this program is older than the event.</exception>
    public IEvent Read(string name, ReadOnlySpan<byte> data) => _byName.TryGetValue(name, out var type)
        ? (IEvent)JsonSerializer.Deserialize(data, type.Record, Json)!
        : throw new UnknownEventException($"The ledger holds an event of type '{name}' that this version does not know: run a newer version.");

    /// <summary>A missing member is refused, unless it has a default or may be null: null is written as absence. Types that are only written, such as anonymous ones, are left alone.</summary>
    private static void RequireWhatIsNeverNull(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
            if (property is { Set: not null, AssociatedParameter: { HasDefaultValue: false, IsMemberInitializer: false } parameter })
                property.IsRequired = !parameter.IsNullable && Nullable.GetUnderlyingType(parameter.ParameterType) is null;
    }
}

public sealed class UnknownEventException(string message) : Exception(message);
