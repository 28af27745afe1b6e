using AgentOps.Contracts;
using AgentOps.Models;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// Scores trajectories: a transformer with a linear map from its last hidden state to one number in the place of its output projection, as Hugging Face's <c>…ForSequenceClassification</c> of one label has it.
/// The number is read where the trajectory's last trained token has been read; what the environment said after that is not looked at. A new one says 0 of everything.
/// </summary>
public static class RewardModel
{
    /// <summary>Nothing is learned from the token that stands behind a trajectory's last, and nothing reads it.</summary>
    private const int Behind = 0;

    /// <summary>A reward model to be trained, from one that there is or from a language model's body.</summary>
    /// <exception cref="ModelFormatException">A file is absent or malformed, or the weights do not fit the configuration.</exception>
    public static Policy Open(string folder, ScoreMeaning meaning, Device? device = null) => Policy.Of(ModelFolder.LoadForScoring(folder, meaning).AskedAsHere(), device);

    /// <summary>A reward model as it is.</summary>
    /// <exception cref="ModelFormatException">A file is absent or malformed, or it is no reward model.</exception>
    public static Policy Load(string folder, Device? device = null) => Policy.Of(ModelFolder.LoadRewardModel(folder), device);

    /// <summary>How many of a trajectory's tokens are read.</summary>
    public static int Length(TokenSequence trajectory) => trajectory.Trained is [.., var last] ? last[0] + last[1] : trajectory.Ids.Length;

    /// <returns>[B], with a graph.</returns>
    public static Tensor Scores(Policy model, IReadOnlyList<TokenSequence> trajectories)
    {
        var batch = TokenBatch.Of([.. trajectories.Select(Read)], model.Device);
        return model.Transformer.Score(LogProbs.Hidden(model.Transformer, batch).index_select(0, batch.Places));
    }

    /// <summary>The trajectory up to its last trained token, as if one more were to be predicted there.</summary>
    private static TokenSequence Read(TokenSequence trajectory)
    {
        var length = Length(trajectory);
        return trajectory with { Ids = [.. trajectory.Ids.AsSpan(0, length), Behind], Trained = [[length, 1]], Weights = null };
    }
}
