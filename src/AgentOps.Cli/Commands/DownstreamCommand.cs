using System.CommandLine;
using System.Text.Json;
using AgentOps.Proofs;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops downstream KIND ID</c>: what was made of something.</summary>
public static class DownstreamCommand
{
    private static readonly Argument<string> Kind = new("kind") { Description = "trajectory, dataset, model, model-version, generation, run, environment, code, person, …" };

    private static readonly Argument<string> Id = new("id") { Description = "Its whole id, as `lineage --json` has it; for a model or an artifact the digest with all of its digits." };

    public static Command Create() => new Command("downstream", "What was made of a trajectory, a data set, a model or anything else that a lineage names.") { Kind, Id }.Doing(async (parsed, gateway, ct) =>
        Output.Print(parsed, await gateway.GetAsync($"/api/v1/lineage/downstream?kind={Uri.EscapeDataString(parsed.GetValue(Kind)!)}&id={Uri.EscapeDataString(parsed.GetValue(Id)!)}", ct), Show));

    public static TextTree TreeOf(JsonElement downstream)
    {
        var root = downstream.GetProperty("root");
        var tree = Trees.Tree(root);
        var branches = new Dictionary<(string, string), TextTree> { [KeyOf(root)] = tree };
        // What a node hangs at is the root or was listed before it.
        foreach (var node in downstream.GetProperty("nodes").EnumerateArray())
        {
            var (made, by) = (node.GetProperty("reference"), node.GetProperty("event"));
            branches[KeyOf(made)] = branches[KeyOf(node.GetProperty("from"))]
                .Add(Trees.Tree(made, $"{by.Text("type")} at {by.Text("position")}{(node.TryGetProperty("via", out _) ? ", by decision alone" : "")}"));
        }
        if (downstream.GetProperty("trajectories").GetInt32() is > 0 and var trajectories)
            tree.Add(TextTree.Remark($"and {trajectories} of kind trajectory on the way"));
        if (!downstream.GetProperty("complete").GetBoolean())
            tree.Add(TextTree.Remark($"and more, not followed further: {downstream.Text("reason")}"));
        return tree;
    }

    private static (string Kind, string Id) KeyOf(JsonElement reference) => (reference.Text("kind"), reference.Text("id"));

    private static void Show(JsonElement downstream) => Trees.Show(TreeOf(downstream));
}
