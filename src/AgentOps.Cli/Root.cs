using System.CommandLine;
using AgentOps.Cli.Commands;

namespace AgentOps.Cli;

/// <summary>All commands of <c>agentops</c>.</summary>
public static class Root
{
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Create().Parse(args);
        var code = await parsed.InvokeAsync();
        // The library ends a call that it could not read with 1, which here means that the answer is no.
        return parsed.Errors.Count > 0 && code != ExitCode.Success ? ExitCode.Usage : code;
    }

    public static RootCommand Create()
    {
        RootCommand root = new("agentops: submit agent-training pipelines, watch them, and ask what a model is made of.");
        root.Options.Add(Connection.Url);
        root.Options.Add(Connection.Key);
        root.Options.Add(Output.Json);
        root.Subcommands.Add(RunCommands.Create());
        root.Subcommands.Add(TrajectoryCommands.Create());
        root.Subcommands.Add(ReviewCommands.Create());
        root.Subcommands.Add(ModelCommands.Create());
        root.Subcommands.Add(DeployCommand.Create());
        root.Subcommands.Add(ChatCommand.Create());
        root.Subcommands.Add(ReproduceCommand.Create());
        root.Subcommands.Add(LineageCommand.Create());
        root.Subcommands.Add(DownstreamCommand.Create());
        root.Subcommands.Add(AuditCommands.Create());
        root.Subcommands.Add(WithdrawalCommands.Create());
        root.Subcommands.Add(KeyCommands.Create());
        root.Subcommands.Add(DeadLetterCommands.Create());
        root.Subcommands.Add(LedgerCommands.Create());
        root.Subcommands.Add(WitnessCommand.Create());
        root.Subcommands.Add(DemoCommand.Create());
        return root;
    }
}
