namespace AgentOps.Contracts;

/// <summary>How far people agreed with each other, and each judge with them.</summary>
/// <param name="Reviewed">Questions that were answered by all who were asked.</param>
/// <param name="Reviewers">How many were asked each.</param>
/// <param name="Unanimous">Questions to which all said the same.</param>
/// <param name="Kappa">Fleiss' κ; null where one person is asked, or where all said the same everywhere and chance would have too.</param>
/// <param name="Judges">Empty for a comparison.</param>
public sealed record Agreement(int Reviewed, int Reviewers, int Unanimous, double? Kappa, IReadOnlyList<JudgeTally> Judges);

/// <summary>A judge beside the people's verdicts, where both said accepted or rejected.</summary>
/// <param name="JudgeAlone">Accepted by the judge and rejected by the people.</param>
/// <param name="PeopleAlone">Rejected by the judge and accepted by the people.</param>
public sealed record JudgeTally(string Judge, int BothAccepted, int JudgeAlone, int PeopleAlone, int BothRejected);

/// <summary>What an <see cref="Agreement"/> is counted from; those of parts add up.</summary>
/// <param name="Votes">How often each answer was given, in the order of the answers.</param>
/// <param name="Squares">Over all questions and answers the square of how often the answer was given to the question.</param>
public sealed record ReviewTally(int Reviewed, int Reviewers, int Unanimous, IReadOnlyList<int> Votes, long Squares, IReadOnlyList<JudgeTally> Judges)
{
    /// <summary>One question.</summary>
    /// <param name="answers">Everybody's, each a place in the order of the possible ones.</param>
    /// <param name="possible">How many different answers there can be.</param>
    public static ReviewTally Of(IReadOnlyCollection<int> answers, int possible, params IReadOnlyList<JudgeTally> judges)
    {
        int[] votes = [.. Enumerable.Range(0, possible).Select(answer => answers.Count(given => given == answer))];
        return new(1, answers.Count, votes.Max() == answers.Count ? 1 : 0, votes, votes.Sum(count => (long)count * count), judges);
    }

    /// <returns>Null where there is none.</returns>
    public static ReviewTally? Sum(IEnumerable<ReviewTally?> parts) => parts.OfType<ReviewTally>().ToList() is { Count: > 0 } all
        ? new(all.Sum(t => t.Reviewed), all[0].Reviewers, all.Sum(t => t.Unanimous), [.. all[0].Votes.Select((_, answer) => all.Sum(t => t.Votes[answer]))], all.Sum(t => t.Squares),
        [
            .. all.SelectMany(t => t.Judges).GroupBy(j => j.Judge).OrderBy(of => of.Key, StringComparer.Ordinal)
                .Select(of => new JudgeTally(of.Key, of.Sum(j => j.BothAccepted), of.Sum(j => j.JudgeAlone), of.Sum(j => j.PeopleAlone), of.Sum(j => j.BothRejected))),
        ])
        : null;

    /// <summary>What it comes to.</summary>
    public Agreement Summary() => new(Reviewed, Reviewers, Unanimous, Kappa, Judges);

    /// <summary>Fleiss 1971, Psychological Bulletin 76:378–382: how far the observed agreement exceeds that of chance, in parts of how far it could.</summary>
    private double? Kappa
    {
        get
        {
            if (Reviewers < 2)
                return null;
            var observed = (Squares - (double)Reviewed * Reviewers) / ((double)Reviewed * Reviewers * (Reviewers - 1));
            var chance = Votes.Sum(count => Math.Pow((double)count / ((double)Reviewed * Reviewers), 2));
            return chance < 1 ? (observed - chance) / (1 - chance) : null;
        }
    }
}
