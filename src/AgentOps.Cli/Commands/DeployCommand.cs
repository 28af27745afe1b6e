using System.CommandLine;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops deploy MODEL@alias</c>.</summary>
public static class DeployCommand
{
    private static readonly Argument<string> Model = new("model") { Description = "The model, such as household-agent@production or household-agent:3." };
    private static readonly Option<string?> Name = new("--name") { Description = "The deployment's name; default: the model's." };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why, on one line: it stands in the ledger." };

    public static Command Create() => new Command("deploy", "Let Serving answer with a model's version.") { Model, Name, Reason }.Doing(async (parsed, gateway, ct) =>
        Output.Print(parsed, await gateway.PostAsync("/api/v1/deployments", new { model = parsed.GetValue(Model), name = parsed.GetValue(Name), reason = parsed.GetValue(Reason) }, ct),
            deployment => Console.WriteLine($"{deployment.Text("name")} answers with {deployment.Text("model")}:{deployment.Text("version")} ({deployment.Text("digest")}).")));
}
