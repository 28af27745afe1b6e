using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops models list|show|diff</c>.</summary>
public static class ModelCommands
{
    private static readonly Argument<string> Name = new("name") { Description = "The model's name." };

    public static Command Create()
    {
        Command models = new("models", "Registered models, their versions and aliases.");
        models.Subcommands.Add(new Command("list", "All models.").Doing(async (parsed, gateway, ct) => Output.Print(parsed, await gateway.GetAllAsync("/api/v1/models", ct), ShowList)));
        models.Subcommands.Add(new Command("show", "One model's versions.") { Name }.Doing(async (parsed, gateway, ct) =>
            Output.Print(parsed, await gateway.GetAsync($"/api/v1/models/{Uri.EscapeDataString(parsed.GetValue(Name)!)}", ct), Show)));
        models.Subcommands.Add(DifferenceCommand.Create());
        foreach (var command in AliasCommands.Create())
            models.Subcommands.Add(command);
        return models;
    }

    private static void ShowList(JsonElement page)
    {
        var table = Output.Table("model", "latest", "aliases");
        foreach (var model in page.GetProperty("items").EnumerateArray())
            table.AddRow(Output.Plain(model.Text("name")), Output.Plain(model.Text("latestVersion")), Output.Plain(Aliases(model)));
        AnsiConsole.Write(table);
    }

    private static void Show(JsonElement model)
    {
        Console.WriteLine($"{model.Text("name")}  {Aliases(model)}");
        var table = Output.Table("version", "from", "digest", "created");
        foreach (var version in model.GetProperty("versions").EnumerateArray())
            table.AddRow(Output.Plain(version.Text("version")), Output.Plain(version.Text("source")), Output.Plain(version.Text("digest")), Output.Plain(version.Text("createdAt")));
        AnsiConsole.Write(table);
        foreach (var line in Marks(model))
            Console.WriteLine(line);
    }

    /// <summary>What was taken back after a version had learned from it, or after an evaluation with episodes of it had promoted the version.</summary>
    public static IEnumerable<string> Marks(JsonElement model) => model.GetProperty("versions").EnumerateArray().SelectMany(version =>
        Withdrawals(version, "withdrawals").Select(id => $"version {version.Text("version")} learned from what withdrawal {id} took back")
            .Concat(Withdrawals(version, "withdrawnEvidence").Select(id => $"version {version.Text("version")} was promoted by an evaluation with episodes of what withdrawal {id} took back, and did not learn from it")));

    private static IEnumerable<string> Withdrawals(JsonElement version, string member) =>
        version.TryGetProperty(member, out var ids) ? ids.EnumerateArray().Select(id => Output.Printable(id.ToString())) : [];

    private static string Aliases(JsonElement model) => string.Join(' ', model.GetProperty("aliases").EnumerateObject().Select(a => $"@{a.Name} = {a.Value}"));
}
