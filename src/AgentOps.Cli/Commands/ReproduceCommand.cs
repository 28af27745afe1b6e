using System.CommandLine;
using System.Text.Json;
using AgentOps.Contracts;

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
            var inWords = !parsed.GetValue(Output.Json);
            if (inWords)
                Console.WriteLine($"Run {id} makes {name}:{number} again; run {version.Text("run")} made it first.");
            var again = inWords ? await RunWatch.WatchAsync(gateway, id, ct) : await RunWatch.EndAsync(gateway, id, ct);
            var comparison = await CompareAsync(gateway, $"{name}:{number}", version, again, ct);
            Output.Print(parsed, JsonSerializer.SerializeToElement(comparison, EventRegistry.Json), _ => Show(comparison));
            return comparison.Same ? ExitCode.Success : ExitCode.Failed;
        });
    }

    /// <summary>What came of the reproduction: where a training came to another model, which tensor is the first to differ, and whether the machines do.</summary>
    /// <param name="version">The version as Registry has it.</param>
    /// <param name="again">The ended run that made it again.</param>
    public static async Task<Reproduced> CompareAsync(Gateway gateway, string subject, JsonElement version, JsonElement again, CancellationToken ct)
    {
        var compared = new Reproduced(subject, version.Text("digest"), version.Text("run"), again.Text("id"), RunWatch.HasSucceeded(again), again.Text("status"), again.Text("reason"));
        if (compared.Same)
            return compared;
        var deviating = Steps(again).LastOrDefault(step => step.Text("status") == "succeeded" && step.Text("model").Length > 0);
        var before = Steps(await RunCommands.RunAsync(gateway, compared.Reproduces, ct)).FirstOrDefault(step => step.Text("path") == deviating.Text("path"));
        var now = Members(deviating).ToDictionary(member => member.Name, member => member.Value);
        return deviating.Text("model") == before.Text("model") || before.Text("model").Length == 0 ? compared : compared with
        {
            Step = deviating.Text("path"),
            Machine = [.. Members(before).Select(member => new MachineDifference(member.Name, member.Value, now.GetValueOrDefault(member.Name, ""))).Where(member => member.Was != member.Is)],
            Difference = await gateway.GetAsync(DifferenceCommand.Path(before.Text("model"), deviating.Text("model")), ct),
        };
    }

    private static void Show(Reproduced compared)
    {
        foreach (var line in Lines(compared))
            Console.WriteLine(Output.Printable(line));
        if (compared.Difference is { } difference)
            DifferenceCommand.Show(difference);
    }

    public static IEnumerable<string> Lines(Reproduced compared) =>
    [
        compared.Same ? $"{compared.Subject} came out again, byte for byte: {compared.Model}" : $"Run {compared.Run} {compared.Status}: {compared.Reason}",
        .. compared.Step is null ? Array.Empty<string>() : [$"{compared.Step} came to another model than in run {compared.Reproduces}."],
        .. (compared.Machine ?? []).Select(member => $"The machine differs: {member.Name} was {member.Was} and is {member.Is}; the same bytes are promised for the same machine class only."),
    ];

    private static IEnumerable<JsonElement> Steps(JsonElement run) => run.GetProperty("steps").EnumerateArray();

    private static IEnumerable<(string Name, string Value)> Members(JsonElement step) =>
        step.TryGetProperty("machine", out var machine) ? machine.EnumerateObject().Select(member => (member.Name, machine.Text(member.Name))) : [];
}

/// <summary>What came of making a model version again.</summary>
/// <param name="Reproduces">The run that made it first.</param>
/// <param name="Run">The run that made it again.</param>
/// <param name="Same">Whether every step came to what it came to before, and so to the same bytes.</param>
/// <param name="Step">The training that came to another model; null where it is another step, or none.</param>
/// <param name="Machine">What is different of the machines of that training.</param>
/// <param name="Difference">Of its two models: <c>models diff</c>.</param>
public sealed record Reproduced(
    string Subject,
    string Model,
    string Reproduces,
    string Run,
    bool Same,
    string Status,
    string Reason,
    string? Step = null,
    IReadOnlyList<MachineDifference>? Machine = null,
    JsonElement? Difference = null);

public sealed record MachineDifference(string Name, string Was, string Is);
