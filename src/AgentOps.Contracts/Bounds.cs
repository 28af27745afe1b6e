namespace AgentOps.Contracts;

/// <summary>How far a setting may go: said once for whoever reads it in a pipeline file and whoever works with it in the end.</summary>
public static class Bounds
{
    /// <summary>Iterations of an online training: its answer names the generation of each, and an event has 64 KiB at most. A further training goes on from its model.</summary>
    public const int MostIterations = 500;

    /// <summary>Passes over an online iteration's episodes: after so many the model is no longer the one that played them.</summary>
    public const int MostOnlineEpochs = 100;

    /// <summary>Steps that Reptile takes on one kind of task; until they are done nothing is saved, reported or cancelled.</summary>
    public const int MostInnerSteps = 64;

    /// <summary>Reptile's ε; below it a training would stand still.</summary>
    public const double LeastMetaRate = 0.0001;

    /// <summary>Turns of an episode that a horizon may name; no environment here has as many.</summary>
    public const int MostTurns = 10_000;

    /// <summary>OpenAI's bound. Above it sampling is noise.</summary>
    public const double HighestTemperature = 2;

    /// <summary>Tokens of one optimiser step.</summary>
    public const int MostBatchTokens = 4_000_000;

    /// <summary>The inner width of an adapter. As wide as the weights it saves nothing.</summary>
    public const int MostRank = 1024;

    /// <summary>Pairs that people compare in one step: its plan names the question of each, and an event has 64 KiB at most.</summary>
    public const int MostComparedPairs = 1000;

    /// <summary>Processes of one training, all on one machine.</summary>
    public const int MostProcesses = 16;
}
