using AgentOps.Contracts;

namespace AgentOps.Exports;

/// <summary>The maps of a PROV-JSON document, each record once. Whatever is named stands in it.</summary>
internal sealed class ProvRecords
{
    private readonly SortedDictionary<string, OrderedDictionary<string, object>> _maps = new(StringComparer.Ordinal);
    private readonly HashSet<string> _related = new(StringComparer.Ordinal);
    private readonly HashSet<Reference> _generated = [];

    /// <summary>A local name as PROV-N allows it: everything else percent-encoded.</summary>
    public static string Local(string text) => Uri.EscapeDataString(text).Replace("%2F", "/", StringComparison.Ordinal);

    public string Entity(Reference reference, params ReadOnlySpan<(string, object?)> attributes) => Put("entity", Name(Names.Kind(reference.Kind), reference.Id),
        [("prov:type", reference.Kind is ReferenceKind.Generation ? Typed("prov:Collection") : Typed($"ao:{Names.Kind(reference.Kind)}")), .. attributes]);

    public string Activity(string kind, string id, DateTimeOffset? from, DateTimeOffset? to, params ReadOnlySpan<(string, object?)> attributes) => Put("activity", Name(kind, id),
        [("prov:type", Typed($"ao:{kind}")), ("prov:startTime", from is { } start ? Names.Time(start) : null), ("prov:endTime", to is { } end ? Names.Time(end) : null), .. attributes]);

    /// <summary>A person, or the gate, which moves aliases as one.</summary>
    public string Person(string name) => name == ModelEvents.Gate ? Service(name) : Put("agent", Name("person", name), [("prov:type", Typed("prov:Person")), ("prov:label", name)]);

    public string Service(string name) => Put("agent", Name("service", name), [("prov:type", Typed("prov:SoftwareAgent")), ("prov:label", name)]);

    public void Used(string activity, Reference input, DateTimeOffset at)
    {
        if (input.Kind is ReferenceKind.Person)
            Associate(activity, Person(input.Id));
        else if (input.Kind is ReferenceKind.Run)
            Informed(activity, Activity("run", input.Id, null, null));
        else
            Relate("used", [("prov:activity", activity), ("prov:entity", Entity(input))], ("prov:time", Names.Time(at)));
    }

    public void Generated(Reference output, string activity, DateTimeOffset at)
    {
        var entity = Entity(output);
        if (_generated.Add(output))
            Relate("wasGeneratedBy", [("prov:entity", entity), ("prov:activity", activity)], ("prov:time", Names.Time(at)));
        else
            Relate("wasInfluencedBy", [("prov:influencee", entity), ("prov:influencer", activity)]);
    }

    public void Associate(string activity, string agent) => Relate("wasAssociatedWith", [("prov:activity", activity), ("prov:agent", agent)]);

    public void Attributed(Reference entity, string agent) => Relate("wasAttributedTo", [("prov:entity", Entity(entity)), ("prov:agent", agent)]);

    public void ActsFor(string agent, string responsible, string activity) => Relate("actedOnBehalfOf", [("prov:delegate", agent), ("prov:responsible", responsible), ("prov:activity", activity)]);

    public void Informed(string activity, string by) => Relate("wasInformedBy", [("prov:informed", activity), ("prov:informant", by)]);

    public void Member(Reference collection, Reference entity) => Relate("hadMember", [("prov:collection", Entity(collection)), ("prov:entity", Entity(entity))]);

    public Dictionary<string, object> ToDocument() => new(_maps.ToDictionary(map => map.Key, map => (object)map.Value)) { ["prefix"] = new Dictionary<string, string> { ["ao"] = Names.Prefix } };

    private static string Name(string kind, string id) => $"ao:{kind}/{Local(id)}";

    private static object Typed(string type) => new Dictionary<string, string> { ["$"] = type, ["type"] = "prov:QUALIFIED_NAME" };

    /// <summary>Adds what was not known of a record yet.</summary>
    private string Put(string map, string name, ReadOnlySpan<(string Name, object? Value)> attributes)
    {
        var records = Map(map);
        if (!records.TryGetValue(name, out var record))
            records.Add(name, record = new Dictionary<string, object>());
        foreach (var (attribute, value) in attributes)
            if (value is not null)
                ((Dictionary<string, object>)record).TryAdd(attribute, value);
        return name;
    }

    private void Relate(string relation, ReadOnlySpan<(string Role, string Name)> ends, params ReadOnlySpan<(string, object)> attributes)
    {
        var record = new Dictionary<string, object>();
        var key = relation;
        foreach (var (role, name) in ends)
        {
            record[role] = name;
            key += $" {name}";
        }
        if (!_related.Add(key))
            return;
        foreach (var (name, value) in attributes)
            record[name] = value;
        Map(relation).Add($"_:{relation}{Map(relation).Count + 1}", record);
    }

    private OrderedDictionary<string, object> Map(string name) => _maps.TryGetValue(name, out var map) ? map : _maps[name] = [];
}
