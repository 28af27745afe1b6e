namespace Aspire.Hosting;

/// <summary>Where an application keeps its state and what it says.</summary>
public sealed class DistributedApplicationOptions
{
    /// <summary>The command line arguments.</summary>
    public string[] Args { get; init; } = [];

    /// <summary>The state folder; by default AGENTOPS_HOME, else <c>.agentops</c> beside the solution, or with <see cref="Ephemeral"/> a new temporary folder.</summary>
    public string? Home { get; init; }

    /// <summary>True when the state is deleted as the application is disposed, as tests want it.</summary>
    public bool Ephemeral { get; init; }

    /// <summary>The folder that project paths start from; by default the one above this program that holds a solution file.</summary>
    public string? SolutionDirectory { get; init; }

    /// <summary>How long a project or executable may take to end after SIGTERM before it is killed.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest pause before a process that crashed again and again is started again: the first is half a second, and each is twice the one before.</summary>
    public TimeSpan LongestRestartPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where progress and problems are written; the console by default.</summary>
    public TextWriter? Output { get; init; }
}
