using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Trainer.Tests;

public sealed class when_a_job_has_a_thread_of_its_own
{
    [Fact]
    public async Task One_that_opens_while_the_thread_ends_is_disposed_with_it()
    {
        var opening = new TaskCompletionSource();
        using var mayOpen = new ManualResetEventSlim();
        var job = new Job();
        var thread = new JobThread<Job>(() =>
        {
            opening.SetResult();
            mayOpen.Wait();
            return job;
        });
        await opening.Task;

        var ended = thread.DisposeAsync();
        mayOpen.Set();
        await ended;

        Assert.True(job.IsDisposed);
    }

    [Fact]
    public async Task One_that_cannot_be_opened_leaves_nothing_to_dispose()
    {
        var thread = new JobThread<Job>(() => throw new InvalidDataException("no job"));
        await Assert.ThrowsAsync<InvalidDataException>(() => thread.CallAsync(_ => 0));

        await thread.DisposeAsync();
    }

    [Theory]
    [InlineData("dpo")]
    [InlineData("kto")]
    public async Task A_stop_that_comes_while_the_reference_is_read_ends_the_training_there(string method)
    {
        var folder = Directory.CreateTempSubdirectory("trainer-tests-");
        try
        {
            // Every sequence is a batch of its own: the reference of all of them takes many seconds, and there is no step before it.
            var sequences = Enumerable.Range(0, 20_000).Select(i => new TokenSequence($"maze/train/{i}", 0, [.. Enumerable.Range(4, 100)], [[50, 2]])).ToArray();
            string[] lines = method == "dpo"
                ? [.. sequences.Chunk(2).Select(sides => JsonSerializer.Serialize(new PreferencePair(sides[0], sides[1]), EventRegistry.Json))]
                : [.. sequences.Select((sequence, i) => JsonSerializer.Serialize(new LabelledSequence(sequence, i % 2 == 0), EventRegistry.Json))];
            TrainWork work = new(method, Digest.Of("model"u8), DatasetId.Of(RunId.Create(), "base"), Digest.Of("data"u8), new TrainOptions(BatchTokens: 16), Seed: 1);
            await using var thread = new TrainingThread(work, TinyModel.Save(folder.FullName), lines, null, "cpu");
            await thread.OpenedAsync(CancellationToken.None);
            using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1));

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => thread.NextAsync(stop.Token));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed class Job : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
