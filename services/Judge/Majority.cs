using AgentOps.Contracts;

namespace AgentOps.Judge;

/// <summary>What several people said, as one.</summary>
public static class Majority
{
    public const string Judge = "people/1";

    /// <returns>What more than half of them said; null where nothing was.</returns>
    public static T? Of<T>(IReadOnlyCollection<T> answers) where T : struct, Enum =>
        answers.GroupBy(answer => answer).FirstOrDefault(alike => 2 * alike.Count() > answers.Count)?.Key;

    /// <summary>The machines' opinions with that of the people beside them, which decides.</summary>
    /// <param name="said">Everybody's verdict with its reason, by name.</param>
    public static TrajectoryJudged Decide(TrajectoryJudged machines, IReadOnlyList<(PersonVerdict Of, string? Reason)> said)
    {
        Verdict[] verdicts = [.. said.Select(one => one.Of.Verdict)];
        var verdict = Of(verdicts);
        Opinion people = new(Judge, verdict ?? Verdict.Unusable, (double)verdicts.Count(v => v == Verdict.Accepted) / verdicts.Length,
        [
            .. verdict is null ? [$"The reviewers disagree: {string.Join(", ", Enum.GetValues<Verdict>().Select(v => $"{verdicts.Count(given => given == v)} {Name(v)}"))}."] : Array.Empty<string>(),
            .. said.Select(one => one.Reason is { } reason ? $"{one.Of.Reviewer}: {Name(one.Of.Verdict)}. {reason}" : $"{one.Of.Reviewer}: {Name(one.Of.Verdict)}."),
        ]);
        return machines with { Verdict = people.Verdict, Opinions = [.. machines.Opinions, people], Reviews = [.. said.Select(one => one.Of)] };
    }

    /// <summary>A verdict where nobody could be asked.</summary>
    public static TrajectoryJudged Unasked(JudgementId judgement, TrajectoryId trajectory, string reason) =>
        new(judgement, trajectory, Verdict.Unusable, [new(Judge, Verdict.Unusable, null, [reason])]);

    /// <summary>What the people and the machines said of one trajectory, to be added up; null where nobody was asked.</summary>
    public static ReviewTally? Tally(TrajectoryJudged judged) => judged.Reviews is not { } reviews ? null
        : ReviewTally.Of([.. reviews.Select(r => (int)r.Verdict)], Enum.GetValues<Verdict>().Length, [.. judged.Opinions.Where(o => o.Judge != Judge).Select(o => Beside(o, judged.Verdict))]);

    public static ReviewTally? Tally(PairCompared compared) => compared.Preferred is null ? null
        : ReviewTally.Of([.. compared.Reviews.Select(r => (int)r.Preferred)], Enum.GetValues<Preference>().Length);

    private static JudgeTally Beside(Opinion machine, Verdict people)
    {
        int Count(Verdict judge, Verdict others) => machine.Verdict == judge && people == others ? 1 : 0;
        return new(machine.Judge, Count(Verdict.Accepted, Verdict.Accepted), Count(Verdict.Accepted, Verdict.Rejected), Count(Verdict.Rejected, Verdict.Accepted), Count(Verdict.Rejected, Verdict.Rejected));
    }

    private static string Name(Verdict verdict) => verdict.ToString().ToLowerInvariant();
}
