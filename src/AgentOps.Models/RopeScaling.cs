namespace AgentOps.Models;

/// <summary>
/// How Llama 3.1 and its successors stretch the rotation over a longer context than they were first trained on: slow pairs turn slower by a factor, fast ones as before, those between by a mean of both.
/// Hugging Face's <c>rope_type: llama3</c>.
/// </summary>
/// <param name="Factor">What slow pairs are slowed by.</param>
/// <param name="LowFrequencyFactor">A pair is slow whose wave is longer than the original context divided by this.</param>
/// <param name="HighFrequencyFactor">A pair is fast whose wave is shorter than the original context divided by this.</param>
/// <param name="OriginalPositions">The original context.</param>
public sealed record RopeScaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalPositions)
{
    /// <param name="frequency">Radians by position.</param>
    public double Of(double frequency)
    {
        var turns = OriginalPositions * frequency / (2 * Math.PI);
        var share = Math.Clamp((turns - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor), 0, 1);
        return (1 - share) * frequency / Factor + share * frequency;
    }
}
