using System.CommandLine;

namespace AgentOps.Cli.Commands;

public static class CommandSetup
{
    /// <summary>What the command does with the gateway; failures end as one sentence and an exit code.</summary>
    public static Command Doing(this Command command, Func<ParseResult, Gateway, CancellationToken, Task<int>> run)
    {
        command.SetAction(Output.Command(run));
        return command;
    }
}
