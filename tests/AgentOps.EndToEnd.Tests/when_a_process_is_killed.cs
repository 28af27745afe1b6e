using AgentOps.Contracts;

namespace AgentOps.EndToEnd.Tests;

[Collection(OneStack.Name)]
public sealed class when_a_process_is_killed(Stack stack)
{
    /// <summary>Who is killed in one run, each when the first event of that type appears.</summary>
    private static readonly Dictionary<string, (string Process, string At)[]> Kills = new()
    {
        ["when their work is there"] =
        [
            ("pipeline", "step.requested.v1"), ("gateway", "training.queued.v1"), ("trainer", "training.leased.v1"), ("generator", "generation.shard-requested.v1"),
            ("judge", "judgement.shard-requested.v1"), ("preference-builder", "judgement.completed.v1"), ("evaluator", "evaluation.planned.v1"),
            ("serving", "evaluation.episodes-requested.v1"), ("registry", "evaluation.completed.v1"),
        ],
        ["when their work is done"] =
        [
            ("pipeline", "step.completed.v1"), ("generator", "generation.shard-completed.v1"), ("judge", "judgement.shard-completed.v1"),
            ("preference-builder", "dataset.built.v1"), ("trainer", "training.completed.v1"), ("evaluator", "evaluation.completed.v1"),
            ("registry", "model.version-registered.v1"),
        ],
        ["under all others"] = [("postgres", "training.queued.v1"), ("rabbitmq", "judgement.completed.v1")],
    };

    [Theory]
    [InlineData("when their work is there")]
    [InlineData("when their work is done")]
    [InlineData("under all others")]
    public async Task The_run_still_completes_once_with_the_same_model(string killed)
    {
        await stack.EndOfAsync(await stack.UndisturbedAsync());
        var run = await stack.SubmitAsync("small-loop.yaml");
        await Task.WhenAll(Kills[killed].Select(kill => stack.KillAsync(kill.Process, run, e => AllEvents.Registry.NameOf(e) == kill.At)));
        await stack.AssertAsUndisturbedAsync(run);
    }

    [Fact]
    public async Task Pairs_and_what_is_trained_on_them_come_out_the_same_whoever_is_killed_over_them()
    {
        const string file = "preference-loop.yaml";
        await stack.EndOfAsync(await stack.UndisturbedAsync(file));
        var run = await stack.SubmitAsync(file);
        var training = TrainingId.Of(new RunId(run), "6.train");
        var leases = 0;
        await Task.WhenAll(
            KillTwiceAsync("preference-builder", e => e is StepRequested { Work: DatasetWork { Strategy: PairStep.Contrast } }, e => e is DatasetBuilt { Kind: DatasetKind.Preferences }),
            KillTwiceAsync("trainer", Leased, e => Leased(e) && ++leases > 1),
            stack.KillAsync("pipeline", run, e => e is DatasetBuilt { Kind: DatasetKind.Preferences }));

        var facts = await stack.AssertAsUndisturbedAsync(run, file);
        Assert.Equal(3, facts.Count(fact => Leased(fact.Data)));

        bool Leased(IEvent e) => e is TrainingLeased leased && leased.Training == training;

        async Task KillTwiceAsync(string process, Func<IEvent, bool> first, Func<IEvent, bool> second)
        {
            await stack.KillAsync(process, run, first);
            await stack.KillAsync(process, run, second);
        }
    }

    [Fact]
    public async Task A_killed_training_goes_on_from_its_checkpoint_to_the_same_model()
    {
        await stack.EndOfAsync(await stack.UndisturbedAsync());
        var run = await stack.SubmitAsync("small-loop.yaml");
        TrainingId[] trainings = [TrainingId.Of(new RunId(run), "base"), TrainingId.Of(new RunId(run), "3.train")];
        foreach (var training in trainings)
            await stack.KillAsync("trainer", run, e => e is CheckpointSaved saved && saved.Training == training);
        var facts = await stack.AssertAsUndisturbedAsync(run);

        foreach (var training in trainings)
        {
            Assert.Equal(2, facts.Of<TrainingLeased>().Count(e => e.Training == training));
            var steps = facts.Of<CheckpointSaved>().Where(e => e.Training == training).Select(e => e.OptimizerStep).ToList();
            Assert.True(steps.Zip(steps.Skip(1)).All(pair => pair.First < pair.Second), $"A step was trained a second time: checkpoints at {string.Join(", ", steps)}.");
        }
    }
}
