namespace AgentOps.Learning;

/// <summary>An optimiser step was refused: its loss or a gradient is infinite or not a number. The weights are those of the step before.</summary>
public sealed class NonFiniteStepException(int step, string tensor)
    : InvalidOperationException($"Optimiser step {step} was refused because {tensor} is infinite or not a number; the weights are unchanged. Lower the learning rate or look at the step's data.")
{
    public int Step { get; } = step;

    /// <summary><c>the loss</c>, or the parameter's name whose gradient is meant.</summary>
    public string Tensor { get; } = tensor;
}
