using System.Globalization;

namespace AgentOps.Proofs;

/// <summary>What one person did about a move, when, and by which event.</summary>
/// <param name="Reason">As the person said it; null where nothing was said.</param>
public sealed record Consent(string By, DateTimeOffset At, long Position, string? Reason = null);

/// <summary>What the policy in force asked of a move.</summary>
/// <param name="Movers">Who may ask for one; null: whoever may move aliases at all.</param>
/// <param name="Approvals">How many besides the one who asked had to approve.</param>
/// <param name="Gate">What the gate had to ask at least; null: anything.</param>
public sealed record AliasTerms(IReadOnlyList<string>? Movers, bool PassedGate, int Approvals, string SetBy, DateTimeOffset At, long Position, GateQuestion? Gate = null);

/// <summary>What a gate asked, or had to ask at least.</summary>
/// <param name="When">Conditions such as <c>final.success > sft.success</c>.</param>
/// <param name="Test"><c>paired</c> or <c>none</c>.</param>
/// <param name="Alpha">The level of the test; null: any.</param>
public sealed record GateQuestion(IReadOnlyList<string> When, string Test = GateQuestion.NoTest, double? Alpha = null)
{
    private const string NoTest = "none";

    /// <param name="asked">Null where the decision does not say.</param>
    public bool IsMetBy(GateQuestion? asked) => asked is not null && When.All(asked.When.Contains) && (Test == NoTest || (asked.Test == Test && (Alpha is null || asked.Alpha <= Alpha)));

    public override string ToString() => $"'{string.Join(" and ", When)}'{(Test == NoTest ? "" : $", {Test}{(Alpha is { } alpha ? string.Create(CultureInfo.InvariantCulture, $" at {alpha}") : "")}")}";
}

/// <summary>That a gate let the version pass.</summary>
/// <param name="Findings">Each condition and test with its figures, in words.</param>
/// <param name="Asked">Null in decisions of before they said it.</param>
/// <param name="Evidence">The last of the evaluations that it asked: the one that a move upon it names.</param>
/// <param name="Alias">Which alias it was to move.</param>
public sealed record GatePass(IReadOnlyList<string> Findings, DateTimeOffset At, long Position, GateQuestion? Asked = null, string? Evidence = null, string? Alias = null)
{
    /// <summary>The decision that a move of an alias rests on, of those that let the version pass before it; one about this alias goes before one about another.</summary>
    /// <param name="evidence">The evaluation that the move names; null: it names none, as moves of before they did.</param>
    /// <param name="question">What the alias's policy wants to have been asked; null: whatever it was.</param>
    /// <returns>Null where there is none.</returns>
    public static GatePass? Behind(IEnumerable<GatePass> passes, string alias, string? evidence, GateQuestion? question)
    {
        List<GatePass> all = [.. passes.Where(pass => (evidence is null || pass.Evidence == evidence) && question?.IsMetBy(pass.Asked) is not false)];
        return all.FindLast(pass => pass.Alias == alias) ?? all.LastOrDefault();
    }
}

/// <summary>How an alias came to point at a version.</summary>
/// <param name="Previous">The version that it pointed at before; null for a new alias.</param>
/// <param name="Evidence">The evaluation that it was moved upon; null where none was asked for.</param>
/// <param name="Terms">Null: no policy was in force.</param>
/// <param name="Gate">Null: none is known that let the version pass before.</param>
/// <param name="Proposal">Who asked for it, where others had to approve.</param>
public sealed record AliasDecision(
    string Model, string Alias, int Version, int? Previous, string MovedBy, DateTimeOffset At, long Position, string? Evidence, string? Reason,
    AliasTerms? Terms, GatePass? Gate, Consent? Proposal, IReadOnlyList<Consent> Approvals)
{
    /// <summary>The events that it rests on, and its own.</summary>
    public IEnumerable<long> Positions => new[] { Terms?.Position, Gate?.Position, Proposal?.Position }.OfType<long>().Concat(Approvals.Select(approval => approval.Position)).Append(Position);

    /// <summary>In words: who moved it, when, upon what, and who agreed.</summary>
    public IEnumerable<string> Lines =>
    [
        $"{Alias} was moved {(Previous is { } before ? $"from version {before} " : "")}to version {Version} by {MovedBy} at {Told.Time(At)}{(Evidence is null ? "" : $" on the evidence of evaluation {Evidence}")}{Told.Why(Reason)}",
        .. Gate is null ? [] : new[] { $"a gate let the version pass at {Told.Time(Gate.At)}: {string.Join(' ', Gate.Findings)}" },
        .. Proposal is null ? [] : new[] { $"asked for by {Told.Of(Proposal)}" },
        .. Approvals.Select(approval => $"approved by {Told.Of(approval)}"),
        Terms is null ? "no policy was in force" : $"the policy of {Terms.SetBy} was in force: {Asked(Terms)}",
    ];

    private static string Asked(AliasTerms terms) =>
        $"{(terms.Movers is null ? "any operator" : string.Join(", ", terms.Movers))} may move it{(terms.PassedGate ? $", to versions that passed a gate{(terms.Gate is null ? "" : $" which asked {terms.Gate}")}" : "")}, with {terms.Approvals} approvals by others";
}

/// <summary>How a deployment came to answer with a version.</summary>
/// <param name="Previous">The digest that it answered with before.</param>
/// <param name="Alias">The alias that named the version; null where none did.</param>
public sealed record DeploymentDecision(string Deployment, string Model, int Version, string? Previous, string ActivatedBy, DateTimeOffset At, long Position, string? Alias, string? Reason)
{
    /// <summary>In words: who deployed it, when, and by whose leave.</summary>
    public IEnumerable<string> Lines =>
    [
        $"{Deployment} answers with {Model}:{Version}, activated by {ActivatedBy} at {Told.Time(At)}{(Previous is null ? "" : $" in place of {Previous}")}{Told.Why(Reason)}",
        Alias is null ? "no alias named the version, and so no alias's policy stands behind it" : $"named by {Model}@{Alias}",
    ];
}

internal static class Told
{
    public static string Time(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    public static string Why(string? reason) => reason is null ? "" : $": {reason}";

    public static string Of(Consent consent) => $"{consent.By} at {Time(consent.At)}{Why(consent.Reason)}";
}
