using System.Text.Json;

namespace AgentOps.Exports;

public static class FlatJson
{
    /// <summary>Every value of a document with its path, such as <c>options.learningRate</c> or <c>with[0]</c>; what is null or not there has none.</summary>
    /// <param name="name">What the document itself is called; empty for nothing.</param>
    public static IEnumerable<(string Name, string Value)> Of(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(member => Of(name.Length == 0 ? member.Name : $"{name}.{member.Name}", member.Value)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany((item, i) => Of($"{name}[{i}]", item)),
        JsonValueKind.Null or JsonValueKind.Undefined => [],
        _ => [(name, value.ToString())],
    };
}
