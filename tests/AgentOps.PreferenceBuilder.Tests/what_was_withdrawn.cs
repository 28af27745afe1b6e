using AgentOps.Contracts;

namespace AgentOps.PreferenceBuilder.Tests;

public sealed class what_was_withdrawn
{
    private static readonly RunId Run = RunId.From(NameBasedGuid.Of("run"));
    private static readonly GenerationId Generation = GenerationId.Of(Run, "1.generate", "expert");

    private static readonly TrajectoryRecorded Played = new(
        TrajectoryId.Of(Generation, "maze/train/1", 0), Generation, Run, "maze/train/1", "maze", 0, "maze/1#abc", new PolicyReference(PolicyKind.Expert), 1, 1,
        EpisodeOutcome.Scored, null, 1, [], null);

    public static TheoryData<string, string> Covering => new()
    {
        { "trajectory", Played.Trajectory.ToString() },
        { "generation", Generation.ToString() },
        { "run", Run.ToString() },
        { "environment", "maze/1#abc" },
    };

    [Theory]
    [MemberData(nameof(Covering))]
    public void A_trajectory_goes_with_itself_its_generation_its_run_and_its_environment(string kind, string id) =>
        Assert.True(Withdrawn(Enum.Parse<ReferenceKind>(kind, ignoreCase: true), id).Covers(Played));

    [Theory]
    [InlineData("trajectory", "72b501bd-64e7-5c8a-bbbf-4573c30d759a")]
    [InlineData("environment", "maze/2#abc")]
    public void Another_one_stays(string kind, string id) =>
        Assert.False(Withdrawn(Enum.Parse<ReferenceKind>(kind, ignoreCase: true), id).Covers(Played));

    private static Withdrawn Withdrawn(ReferenceKind kind, string id) => new(WithdrawalId.Of(new(kind, id)), new(kind, id), "asked for", "ada", [], []);
}
