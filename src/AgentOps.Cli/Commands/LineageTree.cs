using System.Text.Json;
using AgentOps.Proofs;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary>Shows a lineage, a list of nodes and of what each was made from, as a tree. What stands above already is named again without its branches; below an alias and a deployment stands first who moved it and who agreed.</summary>
public sealed class LineageTree
{
    // Beyond that nobody reads, and the stack is not endless.
    private const int Deepest = 400;
    private readonly Dictionary<(string Kind, string Id), JsonElement> _nodes;
    private readonly HashSet<(string Kind, string Id)> _above = [];
    private readonly Dictionary<(string Kind, string Id), IEnumerable<string>> _said = [];
    private readonly bool _complete;

    private LineageTree(JsonElement lineage)
    {
        _nodes = lineage.GetProperty("nodes").EnumerateArray().ToDictionary(node => KeyOf(node.GetProperty("reference")));
        _complete = lineage.GetProperty("complete").GetBoolean();
        if (Said<AliasDecision>(lineage, "move") is { } move)
            _said[("model-version", $"{move.Model}@{move.Alias}")] = move.Lines;
        if (Said<DeploymentDecision>(lineage, "deployment") is { } deployment)
            _said[("deployment", deployment.Deployment)] = deployment.Lines;
    }

    public static Tree Of(JsonElement lineage)
    {
        var shown = new LineageTree(lineage);
        var root = lineage.GetProperty("root");
        var tree = new Tree(shown.Label(root));
        shown.Grow(tree, root);
        return tree;
    }

    /// <summary>An origin that stands above already is not repeated; a model or a data set is, and a person, who may have done several things.</summary>
    private void Grow(IHasTreeNodes at, JsonElement reference, int depth = 0)
    {
        if (depth == Deepest)
        {
            at.AddNode("[grey]and what that was made from[/]");
            return;
        }
        _above.Add(KeyOf(reference));
        foreach (var line in _said.GetValueOrDefault(KeyOf(reference), []))
            at.AddNode(Output.Plain(line));
        if (!_nodes.TryGetValue(KeyOf(reference), out var node))
            return;
        foreach (var input in Items(node, "inputs"))
            if (!_above.Contains(KeyOf(input)))
                Grow(at.AddNode(Label(input)), input, depth + 1);
            else if (input.Text("kind") is "model" or "dataset")
                at.AddNode($"{Label(input)} [grey](above)[/]");
            else if (input.Text("kind") == "person")
                at.AddNode(Label(input));
        if (node.TryGetProperty("counted", out var counted) && counted.ValueKind == JsonValueKind.Object)
            foreach (var more in counted.EnumerateObject())
                at.AddNode(more.Name == "sample" ? $"[grey]{more.Value} samples, which the set took of these[/]" : $"[grey]and {more.Value} more of kind {Output.Plain(more.Name)}[/]");
    }

    private string Label(JsonElement reference)
    {
        var name = Name(reference);
        if (!_nodes.TryGetValue(KeyOf(reference), out var node))
            return _complete ? name : $"{name} [grey](not followed further)[/]";
        if (node.TryGetProperty("erasedAt", out var erased) && erased.ValueKind == JsonValueKind.String)
            return $"{name} [grey](erased at {Output.Plain(erased.GetString()!)}: its data can be read by nobody)[/]";
        return Items(node, "events").LastOrDefault() is { ValueKind: JsonValueKind.Object } made
            ? $"{name} [grey]{Output.Plain(made.Text("type"))} at {Output.Plain(made.Text("position"))}[/]"
            : name;
    }

    private static T? Said<T>(JsonElement lineage, string member) where T : class =>
        lineage.TryGetProperty(member, out var said) && said.ValueKind == JsonValueKind.Object ? said.Deserialize<T>(JsonSerializerOptions.Web) : null;

    private static IEnumerable<JsonElement> Items(JsonElement node, string key) =>
        node.TryGetProperty(key, out var items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : [];

    public static string Name(JsonElement reference) => $"[bold]{Output.Plain(reference.Text("kind"))}[/] {Output.Plain(Shortened(reference.Text("id")))}";

    public static (string Kind, string Id) KeyOf(JsonElement reference) => (reference.Text("kind"), reference.Text("id"));

    /// <summary>Digests by their first twelve digits; <c>--json</c> has them whole.</summary>
    private static string Shortened(string id)
    {
        var at = id.IndexOf("sha256:", StringComparison.Ordinal);
        return at >= 0 && id.Length > at + 19 ? id[..(at + 19)] + "…" : id;
    }
}
