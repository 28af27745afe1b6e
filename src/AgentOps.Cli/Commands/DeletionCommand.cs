using System.CommandLine;
using System.Text.Json;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops run delete-files</c>: removes what a run made and nothing registered is made of.</summary>
public static class DeletionCommand
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(500);
    private static readonly Argument<string> Id = new("id") { Description = "The run's id." };
    private static readonly Option<string> Reason = new("--reason") { Description = "Why, on one line.", Required = true };

    public static Command Create() => new Command("delete-files", "Remove the files of a run of which nothing is registered; its events stay.") { Id, Reason }.Doing(async (parsed, gateway, ct) =>
    {
        var id = parsed.GetValue(Id)!;
        var deletion = await gateway.PostAsync("/api/v1/deletions", new { run = id, reason = parsed.GetValue(Reason) }, ct);
        while (deletion.Text("status") == "requested")
        {
            await Task.Delay(LookAgain, ct);
            deletion = await gateway.GetAsync($"/api/v1/deletions/{Uri.EscapeDataString(id)}", ct);
        }
        Output.Print(parsed, deletion, Show);
        return deletion.Text("status") == "completed" ? ExitCode.Success : ExitCode.Failed;
    });

    private static void Show(JsonElement deletion) => Console.WriteLine(deletion.Text("status") == "completed"
        ? $"{deletion.Text("deleted")} files and folders of run {deletion.Text("run")} are deleted, {deletion.Text("kept")} are kept since others have them too."
        : Output.Printable(deletion.Text("refusal")));
}
