using AgentOps.Contracts;

namespace AgentOps.Pipeline.Tests;

public sealed class when_a_service_answers
{
    private static readonly StepKey Step = new(Sample.Run, "1.generate", 2);
    private static readonly GenerationId Generation = GenerationId.Of(Sample.Run, "1.generate", "expert");
    private static readonly BalanceSheet Nothing = new(3, 0, Filtered: 3);

    public static TheoryData<string> Awaited => [.. Topology.Pipeline.EventTypes];

    [Theory]
    [MemberData(nameof(Awaited))]
    public void Every_event_of_the_queue_is_understood(string type)
    {
        var answer = AllEvents.Registry.Read(type, File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "golden", type + ".json")));

        Assert.Null(Record.Exception(() => PipelineConsumer.MessageOf(answer, Sample.Noon)));
    }

    [Fact]
    public void An_answer_speaks_to_the_attempt_it_names() => Assert.Equal(
        (Step, new StepSucceeded(Step, new GenerationOutput(Generation), Sample.Noon)),
        PipelineConsumer.MessageOf(new GenerationCompleted(Generation, Step, null, 4, 4, 0, 0, 4), Sample.Noon));

    [Fact]
    public void The_episodes_of_an_evaluation_answer_that_evaluation_and_not_the_run()
    {
        var evaluation = EvaluationId.Of(Sample.Run, "4.evaluate");

        Assert.Null(PipelineConsumer.MessageOf(new GenerationCompleted(Generation, Step, evaluation, 4, 4, 0, 0, 4), Sample.Noon));
        Assert.Null(PipelineConsumer.MessageOf(new GenerationFailed(Generation, Step, evaluation, "broken"), Sample.Noon));
        Assert.Null(PipelineConsumer.MessageOf(new GenerationCancelled(Generation, Step, evaluation), Sample.Noon));
    }

    [Fact]
    public void What_failed_with_its_samples_counted_is_not_tried_again()
    {
        Assert.Equal(new StepFaulted(Step, "nothing accepted", false, Sample.Noon), PipelineConsumer.MessageOf(new DatasetFailed(DatasetId.Of(Sample.Run, "x"), Step, "nothing accepted", Nothing), Sample.Noon)!.Value.Message);
        Assert.Equal(new StepFaulted(Step, "disk full", true, Sample.Noon), PipelineConsumer.MessageOf(new DatasetFailed(DatasetId.Of(Sample.Run, "x"), Step, "disk full", null), Sample.Noon)!.Value.Message);
    }

    [Fact]
    public void A_training_says_itself_whether_it_may_be_tried_again()
    {
        Assert.True(Retryable(null, retryable: null));
        Assert.False(Retryable(Nothing, retryable: null));
        Assert.True(Retryable(Nothing, retryable: true));
        Assert.False(Retryable(null, retryable: false));

        static bool Retryable(BalanceSheet? balance, bool? retryable) => Assert.IsType<StepFaulted>(
            PipelineConsumer.MessageOf(new TrainingFailed(TrainingId.Of(Sample.Run, "x"), Step, "a reason", balance, retryable), Sample.Noon)!.Value.Message).Retryable;
    }

    [Fact]
    public void What_is_no_answer_is_refused_loudly() =>
        Assert.Throws<InvalidOperationException>(() => PipelineConsumer.MessageOf(new RunSucceeded(Sample.Run), Sample.Noon));
}
