using System.CommandLine;
using System.Text.Json;
using AgentOps.Exports;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops models diff A B</c>: what tells two models apart.</summary>
public static class DifferenceCommand
{
    private const int TensorsShown = 5;

    private static readonly Argument<string> First = new("from") { Description = "household-agent@production, household-agent:3, or sha256:… of a model." };
    private static readonly Argument<string> Second = new("to") { Description = "The other model." };

    public static Command Create() => new Command("diff", "What tells two models apart: files, weights, and what they were made of.") { First, Second }.Doing(async (parsed, gateway, ct) =>
        Output.Print(parsed, await gateway.GetAsync(Path(await NameAsync(gateway, parsed.GetValue(First)!, ct), await NameAsync(gateway, parsed.GetValue(Second)!, ct)), ct), Show));

    public static string Path(string from, string to) => $"/api/v1/lineage/difference?from={from}&to={to}";

    public static void Show(JsonElement difference)
    {
        foreach (var line in WeightLines(difference))
            Console.WriteLine(Output.Printable(line));
        foreach (var file in difference.GetProperty("files").EnumerateArray())
            Console.WriteLine($"file {Output.Printable(file.Text("name"))}: {Shown(file.Text("from"))} became {Shown(file.Text("to"))}");
        foreach (var line in PartLines(difference))
            AnsiConsole.MarkupLine(line);
        ShowMakings(difference);
    }

    /// <summary>Which tensors differ, the first one first.</summary>
    public static IEnumerable<string> WeightLines(JsonElement difference)
    {
        if (!difference.TryGetProperty("tensors", out var tensors))
            return [$"The weights were not compared: {difference.Text("reason")}"];
        return
        [
            tensors.GetArrayLength() == 0 ? "The weights are the same, bit for bit." : $"{tensors.GetArrayLength()} tensors differ:",
            .. tensors.EnumerateArray().Take(TensorsShown).Select(tensor => tensor.Text("reason") is { Length: > 0 } reason
                ? $"  {tensor.Text("name")}: {reason}"
                : $"  {tensor.Text("name")}: {tensor.Text("differing")} of {tensor.Text("values")} values, the first at {tensor.Text("first")}, by at most {tensor.Text("largest")}"),
            .. tensors.GetArrayLength() > TensorsShown ? [$"  and {tensors.GetArrayLength() - TensorsShown} more"] : Array.Empty<string>(),
        ];
    }

    /// <summary>What only one of them is made of, as markup.</summary>
    public static IEnumerable<string> PartLines(JsonElement difference) =>
        difference.TryGetProperty("onlyFrom", out var first) && difference.TryGetProperty("onlyTo", out var second)
            ? [.. first.EnumerateArray().Select(part => $"only the first is made of {Trees.Name(part)}"), .. second.EnumerateArray().Select(part => $"only the second is made of {Trees.Name(part)}")]
            : ["What only one of them is made of cannot be told: there is more than a lineage lists."];

    /// <summary>The trainings of both, one below the other, with what is different in each.</summary>
    private static void ShowMakings(JsonElement difference)
    {
        var table = Output.Table("training", "first", "second");
        foreach (var (place, from, to) in Zip(difference.GetProperty("fromMakings"), difference.GetProperty("toMakings")))
            foreach (var (name, before, after) in Settings(from, to).Where(setting => setting.Before != setting.After))
                table.AddRow(Output.Plain($"{place} {name}"), Output.Plain(before), Output.Plain(after));
        if (table.Rows.Count > 0)
            AnsiConsole.Write(table);
    }

    private static IEnumerable<(string Place, JsonElement From, JsonElement To)> Zip(JsonElement from, JsonElement to)
    {
        for (var i = 0; i < Math.Max(from.GetArrayLength(), to.GetArrayLength()); i++)
        {
            var (first, second) = (i < from.GetArrayLength() ? from[i] : default, i < to.GetArrayLength() ? to[i] : default);
            yield return ((first.ValueKind == JsonValueKind.Object ? first : second).GetProperty("step").Text("path"), first, second);
        }
    }

    private static IEnumerable<(string Name, string Before, string After)> Settings(JsonElement from, JsonElement to)
    {
        var (before, after) = (FlatJson.Of("", from).ToDictionary(), FlatJson.Of("", to).ToDictionary());
        return before.Keys.Union(after.Keys).Where(name => name != "position" && !name.StartsWith("step.run", StringComparison.Ordinal) && name != "work.dataset")
            .Select(name => (name, before.GetValueOrDefault(name, ""), after.GetValueOrDefault(name, "")));
    }

    /// <summary>A digest as it is, a version by its number; an alias is looked up.</summary>
    private static async Task<string> NameAsync(Gateway gateway, string subject, CancellationToken ct)
    {
        if (subject.StartsWith("sha256:", StringComparison.Ordinal))
            return subject;
        var (name, version) = await LineageCommand.VersionAsync(gateway, subject, ct);
        return $"{name}:{version}";
    }

    private static string Shown(string digest) => digest.Length == 0 ? "nothing" : digest[..Math.Min(digest.Length, 19)];
}
