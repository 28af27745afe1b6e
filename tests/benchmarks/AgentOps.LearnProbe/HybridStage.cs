using AgentOps.Contracts;
using AgentOps.Learning;

namespace AgentOps.LearnProbe;

/// <summary>Rewards and demonstrations in turns, each round from the best model so far by tasks of dev, as <c>hybrid.yaml</c> of AppHost does it.</summary>
internal static class HybridStage
{
    public const string Name = "hybrid";

    private const int HeldOut = 200;
    private const string Rounds = "rounds";
    private const string Rewarded = "grpo";

    private static readonly StageSpecification ShownAgain = new("rft", "rft", []);

    /// <inheritdoc cref="RecordedStage.TrainAsync"/>
    public static async Task<Policy> TrainAsync(StageSpecification stage, Policy start, Material material, Arena arena, Action<StepReport> report)
    {
        var rounds = stage.Count(Rounds, 3);
        var rewards = Rewards(stage);
        var best = (Policy: Training.Copy(start), Solved: await material.HeldOutAsync(start, HeldOut));
        for (var round = 0; round < rounds; round++)
        {
            var first = material.FirstUnexplored(rounds + 1) + (long)round * rewards.Count("iterations", OnlineStage.Iterations) * rewards.Count("groups", OnlineStage.Groups);
            var rewarded = await OnlineStage.TrainAsync(rewards, best.Policy, material, arena, report, first);
            var shownAgain = await RecordedStage.TrainAsync(ShownAgain, rewarded, material, report, round + 1);
            foreach (var (policy, what) in new[] { (rewarded, "rewarded"), (shownAgain, "shown again") })
            {
                var solved = await material.HeldOutAsync(policy, HeldOut);
                Console.WriteLine($"[{stage.Text}] round {round + 1}, {what}: {solved}/{HeldOut} of dev, the best so far {best.Solved}");
                (var worse, best) = solved > best.Solved ? (best.Policy, (policy, solved)) : (policy, best);
                worse.Dispose();
            }
        }
        return best.Policy;
    }

    /// <summary>The part that rewards teach.</summary>
    public static StageSpecification Rewards(StageSpecification stage) =>
        new(stage.Text, Rewarded, new(stage.Given.Where(setting => setting.Key != Rounds).Select(setting => KeyValuePair.Create(setting.Key, setting.Value?.DeepClone()))));
}
