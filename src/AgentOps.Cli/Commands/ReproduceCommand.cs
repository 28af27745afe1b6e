using System.CommandLine;
using System.Text.Json;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops reproduce MODEL[@alias|:version]</c>: makes a model again from the events and looks whether the same bytes come out.</summary>
public static class ReproduceCommand
{
    private static readonly Argument<string> Subject = new("model") { Description = "household-agent, household-agent@production or household-agent:3." };

    private static readonly Option<string> From = new("--from")
    {
        Description = "training: the trainings again, on the data sets that there are. generation: everything again, from the first episode on.",
        DefaultValueFactory = _ => "training",
    };

    public static Command Create()
    {
        From.AcceptOnlyFromAmong("training", "generation");
        return new Command("reproduce", "Make a model again and compare it, step by step; exit code 1 where something else comes out.") { Subject, From }.Doing(async (parsed, gateway, ct) =>
        {
            var (name, number) = await LineageCommand.VersionAsync(gateway, parsed.GetValue(Subject)!, ct);
            var version = await gateway.GetAsync($"/api/v1/models/{name}/versions/{number}", ct);
            var path = $"/api/v1/runs/{version.Text("run")}/reproduce?model={version.Text("digest")}&from={parsed.GetValue(From)}";
            var id = (await gateway.PostAsync(path, null, ct)).Text("id");
            if (parsed.GetValue(Output.Json))
                return Output.Print(parsed, JsonSerializer.SerializeToElement(new { id }), _ => { });
            Console.WriteLine($"Run {id} makes {name}:{number} again; run {version.Text("run")} made it first.");
            if (await RunWatch.FollowAsync(gateway, id, ct) is var ended && ended != ExitCode.Success)
            {
                await ExplainAsync(gateway, id, version.Text("run"), ct);
                return ended;
            }
            Console.WriteLine($"{name}:{number} came out again, byte for byte: {version.Text("digest")}");
            return ExitCode.Success;
        });
    }

    /// <summary>Where a training came to another model: which tensor is the first to differ, and whether the machines do.</summary>
    private static async Task ExplainAsync(Gateway gateway, string id, string first, CancellationToken ct)
    {
        var again = await RunCommands.RunAsync(gateway, id, ct);
        Console.WriteLine($"Run {id} {again.Text("status")}: {again.Text("reason")}");
        var deviating = again.GetProperty("steps").EnumerateArray().LastOrDefault(step => step.Text("status") == "succeeded" && step.Text("model").Length > 0);
        var before = (await RunCommands.RunAsync(gateway, first, ct)).GetProperty("steps").EnumerateArray().FirstOrDefault(step => step.Text("path") == deviating.Text("path"));
        if (deviating.Text("model") == before.Text("model") || before.Text("model").Length == 0)
            return;
        foreach (var member in Members(before).Where(member => member.Value != deviating.GetProperty("machine").Text(member.Name)))
            Console.WriteLine($"The machine differs: {member.Name} was {member.Value} and is {deviating.GetProperty("machine").Text(member.Name)}; the same bytes are promised for the same machine class only.");
        DifferenceCommand.Show(await gateway.GetAsync(DifferenceCommand.Path(before.Text("model"), deviating.Text("model")), ct));
    }

    private static IEnumerable<(string Name, string Value)> Members(JsonElement step) =>
        step.TryGetProperty("machine", out var machine) ? machine.EnumerateObject().Select(member => (member.Name, machine.Text(member.Name))) : [];
}
