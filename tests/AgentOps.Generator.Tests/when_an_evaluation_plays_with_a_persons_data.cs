using AgentOps.Contracts;
using AgentOps.Subjects;

namespace AgentOps.Generator.Tests;

public sealed class when_an_evaluation_plays_with_a_persons_data(GeneratorService generator) : IClassFixture<GeneratorService>
{
    private readonly StepKey _step = new(RunId.Create(), "4.evaluate", 1);

    private EvaluationId Evaluation => EvaluationId.Of(_step.Run, _step.Path);

    private GenerationId Generation => GenerationId.Of(_step.Run, _step.Path, "expert");

    [Fact]
    public async Task What_was_said_is_encrypted_and_what_it_came_to_is_not()
    {
        var (end, all) = await PlayedAsync("ada");

        var counted = all.OfType<ShardCompleted>().SelectMany(shard => shard.Trajectories).ToList();
        Assert.Equal((Evaluation, 4, 4), (Assert.IsType<GenerationCompleted>(end).Evaluation, counted.Count, counted.Count(episode => episode.Succeeded())));
        foreach (var episode in counted)
        {
            var recorded = await generator.RecordedAsync(episode.Trajectory);
            Assert.Equal(("ada", 0, episode.Turns, episode.Reward), (recorded.Subject, recorded.Turns.Count, recorded.TurnCount, recorded.Reward));
            Assert.Equal(episode.Turns, generator.Subjects.Decrypt(recorded).Turns.Count);
        }
    }

    [Fact]
    public async Task It_has_the_person_in_its_lineage()
    {
        var (_, all) = await PlayedAsync("grace");

        Assert.Contains(Reference.To(ReferenceKind.Subject, "grace"), Assert.Single(all.OfType<GenerationPlanned>()).Inputs);
    }

    [Fact]
    public async Task Of_somebody_erased_nothing_is_played_and_the_sentence_names_the_withdrawal()
    {
        generator.Subjects.Erase("linus");

        var (end, all) = await PlayedAsync("linus");

        var failed = Assert.IsType<GenerationFailed>(end);
        Assert.Equal(Evaluation, failed.Evaluation);
        Assert.StartsWith("The data of subject 'linus' was erased", failed.Reason, StringComparison.Ordinal);
        Assert.Contains($"{WithdrawalId.Of(Reference.To(ReferenceKind.Subject, "linus"))}", failed.Reason, StringComparison.Ordinal);
        Assert.Empty(all.OfType<ShardCompleted>());
    }

    [Fact]
    public async Task What_was_played_before_the_erasure_answers_a_further_attempt()
    {
        var (first, _) = await PlayedAsync("joan");
        generator.Subjects.Erase("joan");

        var (again, _) = await PlayedAsync("joan", attempt: 2);

        Assert.Equal(((GenerationCompleted)first).Content, Assert.IsType<GenerationCompleted>(again).Content);
    }

    private async Task<(IEvent End, IReadOnlyList<IEvent> All)> PlayedAsync(string subject, int attempt = 1)
    {
        var step = _step with { Attempt = attempt };
        var work = new GenerateWork("maze", new(PolicyKind.Expert), "test", 0, Episodes: 4, Samples: 1, Temperature: 0, Seed: 7, subject);
        await generator.AppendAsync("evaluator", _step.Run, Evaluation.Stream(), new EpisodesRequested(Evaluation, step, "expert", Generation, work));
        return await generator.EndOfAsync(Generation, attempt);
    }
}
