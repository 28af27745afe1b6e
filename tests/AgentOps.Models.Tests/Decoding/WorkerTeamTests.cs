using AgentOps.Models.Decoding;

namespace AgentOps.Models.Tests.Decoding;

public sealed class WorkerTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_chunk_runs_once_and_only_after_the_phase_before(int threads)
    {
        using var team = new WorkerTeam(threads);
        for (var run = 0; run < 300; run++)
        {
            var work = new Counting([3, 0, 17, 1, 64, 0]);
            team.Run(work);
            Assert.Equal([3, 0, 17, 1, 64, 0], work.Ran.Select(r => r.Sum()));
            Assert.All(work.Ran.SelectMany(r => r), times => Assert.Equal(1, times));
            Assert.Equal([0, 1, 2, 3, 4, 5], work.Finished);
            Assert.False(work.OutOfOrder);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_failing_chunk_fails_the_run_and_the_team_goes_on(int threads)
    {
        using var team = new WorkerTeam(threads);
        var failure = Assert.ThrowsAny<InvalidOperationException>(() => team.Run(new Counting([4, 4]) { FailAt = (0, 2) }));
        Assert.Contains("chunk 2", failure.Message, StringComparison.Ordinal);
        var work = new Counting([2]);
        team.Run(work);
        Assert.Equal([0], work.Finished);
    }

    private sealed class Counting(int[] chunks) : IPhases
    {
        public int[][] Ran { get; } = [.. chunks.Select(n => new int[n])];

        public List<int> Finished { get; } = [];

        public bool OutOfOrder { get; private set; }

        public (int, int)? FailAt { get; init; }

        public int Phases => chunks.Length;

        public int Chunks(int phase) => chunks[phase];

        public void Run(int phase, int chunk, int thread)
        {
            if (FailAt == (phase, chunk))
                throw new InvalidOperationException($"chunk {chunk} is broken");
            OutOfOrder |= Finished.Count != phase;
            Interlocked.Increment(ref Ran[phase][chunk]);
        }

        public void Finish(int phase) => Finished.Add(phase);
    }
}
