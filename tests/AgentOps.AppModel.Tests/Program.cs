using Aspire.Hosting;

namespace AgentOps.AppModel.Tests;

/// <summary>An application in a process of its own, for tests that end it from outside: its name, its state folder, and what a guest is to do.</summary>
public static class Program
{
    public static Task<int> Main(string[] args)
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Home = args[1], Args = args });
        switch (args[0])
        {
            case "servers":
                builder.AddPostgres("postgres").AddDatabase("ledger");
                builder.AddRabbitMQ("rabbitmq");
                break;
            case "attached":
                builder.AddExecutable("service", "/bin/sh", "/", "-c", "exec sleep 1000").WithHttpEndpoint().WithExternalHttpEndpoints();
                builder.AddExecutable("guest", "/bin/sh", "/", "-c", args[2]).WithExplicitStart();
                return builder.Build().RunAsync(attached: "guest");
            case "missing":
                builder.AddExecutable("needy", "/bin/true", "/").WithPrerequisites(
                    new Prerequisite("a compiler", ["gcc-one", "gcc-two"], () => false), new Prerequisite("a shell", ["dash"], () => true));
                break;
            default:
                throw new ArgumentException($"There is no application '{args[0]}'.", nameof(args));
        }

        return builder.Build().RunAsync();
    }
}
