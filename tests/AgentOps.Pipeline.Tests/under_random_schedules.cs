namespace AgentOps.Pipeline.Tests;

public sealed class under_random_schedules
{
    private const int Schedules = 20_000;

    [Fact]
    public void A_run_ends_exactly_once_replays_to_the_same_state_and_records_only_answers_to_its_attempts()
    {
        var broken = Enumerable.Range(0, Schedules)
            .AsParallel()
            .Select(seed => (Seed: seed, Violation: Schedule.Of(seed).Violation()))
            .Where(s => s.Violation is not null)
            .OrderBy(s => s.Seed)
            .ToArray();

        Assert.True(broken.Length == 0, $"{broken.Length} of {Schedules} schedules broke; seed {broken.FirstOrDefault().Seed}: {broken.FirstOrDefault().Violation}.");
    }

    [Theory]
    [InlineData(RunStatus.Succeeded)]
    [InlineData(RunStatus.Failed)]
    [InlineData(RunStatus.Cancelled)]
    public void Every_end_is_met_often(RunStatus end) =>
        Assert.True(Enumerable.Range(0, 1_000).Count(seed => Schedule.Of(seed).End == end) > 100, $"Fewer than 100 of 1,000 schedules end {end}: the world of the schedules has become too kind or too harsh.");
}
