using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops keys create|list|revoke</c>.</summary>
public static class KeyCommands
{
    private static readonly Argument<string> Name = new("name") { Description = "Who the key is for." };
    private static readonly Argument<string> Id = new("id") { Description = "The key's id." };
    private static readonly Option<string> Role = new("--role") { Description = "viewer, reviewer, operator or admin.", DefaultValueFactory = _ => "viewer" };

    public static Command Create()
    {
        Command keys = new("keys", "Who may call the gateway.");
        keys.Subcommands.Add(new Command("create", "A new key; it is shown this once.") { Name, Role }.Doing(async (parsed, gateway, ct) =>
            Output.Print(parsed, await gateway.PostAsync("/api/v1/keys", new { name = parsed.GetValue(Name), role = parsed.GetValue(Role) }, ct), created => Console.WriteLine(created.Text("key")))));
        keys.Subcommands.Add(new Command("list", "All keys in force.").Doing(async (parsed, gateway, ct) => Output.Print(parsed, await gateway.GetAllAsync("/api/v1/keys", ct), ShowList)));
        keys.Subcommands.Add(new Command("revoke", "End a key.") { Id }.Doing(async (parsed, gateway, ct) =>
            Output.Print(parsed, await gateway.DeleteAsync($"/api/v1/keys/{Uri.EscapeDataString(parsed.GetValue(Id)!)}", ct), _ => Console.WriteLine("Revoked."))));
        return keys;
    }

    private static void ShowList(JsonElement page)
    {
        var table = Output.Table("id", "name", "role", "created by", "created at");
        foreach (var key in page.GetProperty("items").EnumerateArray())
            table.AddRow(new[] { "id", "name", "role", "createdBy", "createdAt" }.Select(m => Output.Plain(key.Text(m))).ToArray());
        AnsiConsole.Write(table);
    }
}
