using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops run submit|watch|list|show|file|cancel</c> and that of <see cref="DeletionCommand"/>.</summary>
public static class RunCommands
{
    private static readonly Argument<string> Id = new("id") { Description = "The run's id." };
    private static readonly Argument<FileInfo> File = new("file") { Description = "A pipeline file, YAML or JSON." };
    private static readonly Option<string> RetryOf = new("--retry-of") { Description = "An ended run, of which everything that stays the same is taken over." };
    private static readonly Option<string[]> Without = new("--without") { Description = "A withdrawal whose trajectories are to be left out; may be given again." };
    private static readonly Option<bool> Watch = new("--watch") { Description = "Watch the run to its end; exit code 1 where it fails." };

    public static Command Create()
    {
        Command run = new("run", "Submit pipelines and follow them.");
        run.Subcommands.Add(Submit());
        run.Subcommands.Add(new Command("watch", "Follow a run live to its end.") { Id }.Doing((parsed, gateway, ct) => RunWatch.FollowAsync(gateway, parsed.GetValue(Id)!, ct)));
        run.Subcommands.Add(new Command("list", "All runs, the newest first.").Doing(async (parsed, gateway, ct) => Output.Print(parsed, await gateway.GetAllAsync("/api/v1/runs", ct), ShowList)));
        run.Subcommands.Add(new Command("show", "One run with its steps.") { Id }.Doing(async (parsed, gateway, ct) => Output.Print(parsed, await RunAsync(gateway, parsed.GetValue(Id)!, ct), RunTable.Show)));
        run.Subcommands.Add(new Command("file", "The pipeline file of a run.") { Id, Without }.Doing(async (parsed, gateway, ct) =>
        {
            var query = string.Join('&', (parsed.GetValue(Without) ?? []).Select(withdrawal => $"without={Uri.EscapeDataString(withdrawal)}"));
            var file = await gateway.GetAsync($"/api/v1/runs/{Uri.EscapeDataString(parsed.GetValue(Id)!)}/file?{query}", ct);
            Console.WriteLine(JsonSerializer.Serialize(file, Output.Indented));
            return ExitCode.Success;
        }));
        run.Subcommands.Add(new Command("cancel", "End a run after its last checkpoint.") { Id }.Doing(async (parsed, gateway, ct) =>
            Output.Print(parsed, await gateway.PostAsync($"/api/v1/runs/{Uri.EscapeDataString(parsed.GetValue(Id)!)}/cancel", null, ct), _ => Console.WriteLine("Cancelling."))));
        run.Subcommands.Add(DeletionCommand.Create());
        return run;
    }

    public static Task<JsonElement> RunAsync(Gateway gateway, string id, CancellationToken ct) => gateway.GetAsync($"/api/v1/runs/{Uri.EscapeDataString(id)}", ct);

    /// <returns>The new run's id.</returns>
    public static async Task<string> SubmitAsync(Gateway gateway, string file, CancellationToken ct, string? retryOf = null)
    {
        string text;
        try
        {
            text = await System.IO.File.ReadAllTextAsync(file, ct);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"The pipeline file {file} cannot be read: {unreadable.Message}", ExitCode.Usage);
        }
        var type = file.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? "application/json" : "application/yaml";
        var key = Guid.NewGuid();
        return (await Patience.AskAsync(() => gateway.PostTextAsync(retryOf is null ? "/api/v1/runs" : $"/api/v1/runs?retryOf={Uri.EscapeDataString(retryOf)}", text, type, key, ct), ct)).Text("id");
    }

    private static Command Submit() => new Command("submit", "Submit a pipeline file.") { File, RetryOf, Watch }.Doing(async (parsed, gateway, ct) =>
    {
        var id = await SubmitAsync(gateway, parsed.GetValue(File)!.FullName, ct, parsed.GetValue(RetryOf));
        if (parsed.GetValue(Watch))
            return await RunWatch.FollowAsync(gateway, id, ct);
        return Output.Print(parsed, JsonSerializer.SerializeToElement(new { id }), _ => Console.WriteLine(id));
    });

    private static void ShowList(JsonElement runs)
    {
        var table = Output.Table("run", "name", "status", "model");
        foreach (var run in runs.GetProperty("items").EnumerateArray())
            table.AddRow(Output.Plain(run.Text("id")), Output.Plain(run.Text("name")), Output.Plain(run.Text("status")), Output.Plain(run.Text("model")));
        AnsiConsole.Write(table);
    }
}
