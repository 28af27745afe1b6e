using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops demo</c>: the sample pipeline as any user would run it, and what came of it.</summary>
public static class DemoCommand
{
    private static readonly Option<FileInfo?> Pipeline = new("--pipeline") { Description = "The pipeline file; default: the household sample." };

    public static Command Create() => new Command("demo", "Run the sample pipeline, deploy what it promoted, ask it once and show what it is made of.") { Pipeline }
        .Doing(async (parsed, gateway, ct) => await RunAsync(gateway, parsed.GetValue(Pipeline)?.FullName ?? Sample(), ct));

    private static async Task<int> RunAsync(Gateway gateway, string file, CancellationToken ct)
    {
        var id = await RunCommands.SubmitAsync(gateway, file, ct);
        Console.WriteLine($"Submitted {Path.GetFileName(file)} as run {id}.");
        var run = await RunWatch.WatchAsync(gateway, id, ct);
        if (!RunWatch.HasSucceeded(run))
            return ExitCode.Failed;
        foreach (var step in run.GetProperty("steps").EnumerateArray().Where(step => step.TryGetProperty("report", out _)))
            ReportTable.Show(step.GetProperty("report"));
        var subject = Promoted(run) ?? throw new CommandFailedException("No model was promoted, so nothing is deployed.", ExitCode.Failed);
        await DeployAsync(gateway, subject, ct);
        LineageCommand.Show(await LineageCommand.ReadAsync(gateway, subject, ct));
        return ExitCode.Success;
    }

    /// <summary>The last promotion whose gate passed; where a later one refused, this says so.</summary>
    private static string? Promoted(JsonElement run)
    {
        string? subject = null;
        foreach (var promotion in run.GetProperty("steps").EnumerateArray().Where(step => step.Text("kind") == "promote"))
        {
            var decision = promotion.GetProperty("promotion");
            var target = $"{decision.Text("model")}@{decision.Text("alias")}";
            if (decision.Text("version") is { Length: > 0 } version)
            {
                subject = $"{decision.Text("model")}:{version}";
                Console.WriteLine($"Promoted: {target} is version {version}.");
            }
            else
                Console.WriteLine($"Refused: {target} stays where it was.");
            foreach (var candidate in decision.GetProperty("candidates").EnumerateArray())
                foreach (var finding in candidate.GetProperty("findings").EnumerateArray())
                    Console.WriteLine($"  {candidate.Text("name")}: {finding.GetString()}");
        }
        return subject;
    }

    private static async Task DeployAsync(Gateway gateway, string subject, CancellationToken ct)
    {
        var deployment = await gateway.PostAsync("/api/v1/deployments", new { model = subject }, ct);
        Console.WriteLine($"Deployed: {deployment.Text("name")} answers with version {deployment.Text("version")}, {deployment.Text("digest")}.");
        var trajectories = await gateway.GetAsync("/api/v1/trajectories?verdict=accepted", ct);
        var first = trajectories.GetProperty("items")[0].Text("id");
        var question = (await gateway.GetAsync($"/api/v1/trajectories/{first}", ct)).GetProperty("turns")[0].Text("observation");
        var answer = await ChatCommand.AskAsync(gateway, deployment.Text("name"), question, ct);
        AnsiConsole.MarkupLine($"[grey]> {Output.Plain(question)}[/]");
        AnsiConsole.MarkupLine($"[bold]{Output.Plain(ChatCommand.Content(answer))}[/]  [grey]{Output.Plain(answer.Text("system_fingerprint"))}[/]");
    }

    private static string Sample()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "AgentOps.AppHost", "pipelines", "household-rft-eto.yaml") is var file && File.Exists(file))
                return file;
        throw new CommandFailedException("The sample pipeline is not beside this program: give --pipeline.", ExitCode.Usage);
    }
}
