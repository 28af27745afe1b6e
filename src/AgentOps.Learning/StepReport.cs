namespace AgentOps.Learning;

/// <summary>What one optimiser step did; or, without a step, what an iteration came to that had nothing to learn from.</summary>
/// <param name="Step">1 for the first.</param>
/// <param name="Steps">The most that there will be; a stage with a target may end earlier.</param>
/// <param name="Tokens">Training tokens seen up to and with this step, padding not counted.</param>
/// <param name="Metrics">Of a step always <c>loss</c>, <c>learningRate</c> and <c>gradientNorm</c> (before clipping), and the algorithm's own.</param>
public sealed record StepReport(int Step, int Steps, long Tokens, IReadOnlyDictionary<string, double> Metrics);
