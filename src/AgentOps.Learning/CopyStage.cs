using AgentOps.Contracts;
using AgentOps.Environments;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// Teaches a random network to take from its context: to go on with what came before, the task on which induction heads show (Olsson et al. 2022, arXiv:2209.11895),
/// and to see which of some tokens came before. Without the first, small models learn no task from a few hundred trajectories; without the second it is luck whether they do
/// (<c>infra/decisions/0010</c>). All is made of random tokens, so the result knows nothing of any environment.
/// Departs from the paper: (1) it is a training stage of its own, not a measurement; (2) it has several <see cref="CopyLesson"/>s: half of the steps are of the newest, the others go through
/// those learned before; (3) a lesson is learned at the first step of its turn whose fresh strings are answered with <see cref="Options.Target"/> accuracy; (4) it stops when all are,
/// or at the end of the tokens.
/// </summary>
public static class CopyStage
{
    private const string LessonsLearned = "lessonsLearned";

    /// <param name="Tokens">As many steps as they fill, but one at least; 0 leaves the stage out.</param>
    /// <param name="BatchTokens">As many strings of a step as that holds.</param>
    /// <param name="Target">The share of loss-carrying tokens that must be the most probable one.</param>
    /// <param name="Lessons">In the order in which they are learned; null: <see cref="CopyLesson.All"/>.</param>
    public sealed record Options(long Tokens = 2_000_000, double LearningRate = 2e-3, int BatchTokens = 1536, double Target = 0.95, IReadOnlyList<CopyLesson>? Lessons = null);

    /// <summary>Goes on from <paramref name="state"/>'s step; every report is a place to save the state. Reports <c>lesson</c>, 1 for the first, and its <c>copyAccuracy</c> besides.</summary>
    /// <param name="alphabet">The token ids that strings are made of.</param>
    /// <exception cref="ArgumentException">The alphabet is too small.</exception>
    /// <exception cref="NonFiniteStepException">A loss or gradient is not a number or infinite; the weights are those of the step before.</exception>
    public static IEnumerable<StepReport> Train(TrainingState state, IReadOnlyList<int> alphabet, Options options, long seed, CancellationToken ct = default)
    {
        var lessons = options.Lessons ?? CopyLesson.All;
        var steps = options.Tokens == 0 ? 0 : (int)Math.Max(1, options.Tokens / options.BatchTokens);
        var learned = (int)state.Kept.GetValueOrDefault(LessonsLearned, [0])[0];
        while (!state.Finished && state.Step < steps)
        {
            ct.ThrowIfCancellationRequested();
            var now = LessonOf(state.Step, learned);
            var report = Step(state, lessons[now].Strings(alphabet, options.BatchTokens, new Rng(Seed.Of($"copy/{seed}/{state.Step}"))), now, steps, options.LearningRate);
            if (now == learned && report.Metrics["copyAccuracy"] >= options.Target)
                learned++;
            state.Kept[LessonsLearned] = [learned];
            state.Finished = learned == lessons.Count;
            yield return report;
        }
    }

    /// <summary>The newest lesson in every other step, and between them those before it in turn.</summary>
    private static int LessonOf(int step, int learned) => step % 2 == 0 || learned == 0 ? learned : step / 2 % learned;

    private static StepReport Step(TrainingState state, TokenSequence[] strings, int lesson, int steps, double learningRate)
    {
        using var scope = NewDisposeScope();
        var batch = TokenBatch.Of(strings, state.Policy.Device);
        var logits = LogProbs.Logits(state.Policy.Transformer, batch);
        var accuracy = logits.argmax(1).eq(batch.Targets).to(ScalarType.Float32).mean();
        return state.Take(
            Sft.Loss(LogProbs.Of(logits, batch.Targets)), batch.Tokens, steps, Schedule.Cosine(state.Step + 1, steps, learningRate),
            [("lesson", tensor((double)(lesson + 1))), ("copyAccuracy", accuracy)]);
    }
}
