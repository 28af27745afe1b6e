using System.Runtime.InteropServices;
using AgentOps.Contracts;
using AgentOps.Models;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>What a reward model says of episodes that a policy has played: its score as it is, or, of a model of outcomes, the probability that the judges would accept the episode.</summary>
public sealed class EpisodeScores : IDisposable
{
    /// <summary>In another batch the same episode may score differently beyond these digits.</summary>
    private const int Digits = 5;

    private readonly Policy _model;

    private EpisodeScores(Policy model) => _model = model;

    /// <param name="folder">The reward model's.</param>
    /// <exception cref="ModelFormatException">A file is absent or malformed, or it is no reward model.</exception>
    public static EpisodeScores Open(string folder, Device? device = null) => new(RewardModel.Load(folder, device));

    /// <exception cref="ArgumentException">The policy's tokens are not those that the reward model has learned to read.</exception>
    public void CheckTokenizer(BpeTokenizer policys)
    {
        if (!_model.Tokenizer.ToJson().AsSpan().SequenceEqual(policys.ToJson()))
            throw new ArgumentException("The reward model has another tokenizer than the policy whose episodes it is to score: train it from a model of the same base.");
    }

    /// <summary>The episodes with their scores.</summary>
    /// <exception cref="InvalidDataException">An episode is longer than the reward model's context, or a score is not a number.</exception>
    public IReadOnlyList<Rollout> Of(IReadOnlyList<Rollout> episodes, int batchTokens, CancellationToken ct = default)
    {
        var context = _model.Transformer.Config.MaxPositions;
        if (episodes.FirstOrDefault(rollout => rollout.Ids.Length > context) is { } tooLong)
            throw new InvalidDataException($"An episode of {tooLong.Task} has {tooLong.Ids.Length} tokens and cannot be scored: the reward model has {context} positions.");
        // An episode that was played twice is scored once.
        Rollout[] distinct = [.. episodes.DistinctBy(KeyOf)];
        var scores = new Dictionary<Digest, double>();
        foreach (var batch in BatchPlan.Once([.. distinct.Select(rollout => rollout.Ids.Length)], batchTokens))
        {
            ct.ThrowIfCancellationRequested();
            foreach (var (rollout, score) in batch.Select(episode => distinct[episode]).Zip(Raw([.. batch.Select(episode => distinct[episode])])))
                scores[KeyOf(rollout)] = float.IsFinite(score) ? Meant(score)
                    : throw new InvalidDataException($"The reward model's score of an episode of {rollout.Task} is {score}, which is not a finite number: train the reward model with a lower learning rate.");
        }
        return [.. episodes.Select(rollout => rollout with { Score = scores[KeyOf(rollout)] })];
    }

    public void Dispose() => _model.Dispose();

    private float[] Raw(Rollout[] episodes)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return Numbers.Of(RewardModel.Scores(_model, [.. episodes.Select(rollout => new TokenSequence(rollout.Task, 0, rollout.Ids, rollout.Trained))]));
    }

    private double Meant(float score) => Math.Round(_model.Transformer.Config.Score == ScoreMeaning.Outcome ? 1 / (1 + Math.Exp(-score)) : score, Digits);

    private static Digest KeyOf(Rollout rollout) => Digest.Of(MemoryMarshal.AsBytes(rollout.Ids.AsSpan()));
}
