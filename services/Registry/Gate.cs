using System.Globalization;
using AgentOps.Contracts;

namespace AgentOps.Registry;

/// <summary>Decides whether a candidate may take an alias, from the reports of held-out evaluations and nothing else.</summary>
public static class Gate
{
    /// <param name="reports">The evaluations by the names that the file gives them.</param>
    /// <returns>The decision with every finding in words, and the candidate's success share for choosing among several that passed.</returns>
    public static (CandidateDecision Decision, double Score) Judge(NamedPolicy candidate, PromoteWork work, IReadOnlyDictionary<string, EvaluationReport> reports)
    {
        var findings = new List<string>();
        var passed = work.When.Count > 0;
        foreach (var condition in work.When)
        {
            var left = Resolve(candidate, condition.LeftName, reports);
            var right = Resolve(candidate, condition.RightName, reports);
            passed &= Holds(condition, left, right, findings);
            if (work.Test == "paired")
                passed &= Paired(condition, left, right, work.Alpha / work.Candidates.Count, findings);
        }
        var score = reports.Values.SelectMany(r => r.Policies).LastOrDefault(p => p.Name == candidate.Name)?.Success.Rate ?? 0;
        // Who passes as a member of a team has passed beside the others of it.
        var team = work.Role is null ? null : candidate.Policy;
        if (team is not null && reports.Values.SelectMany(report => report.Policies).FirstOrDefault(policy => policy.Name == candidate.Name && policy.Policy != team) is { } other)
        {
            findings.Add($"An evaluation played {candidate.Name} as {other.Policy}, which is another team.");
            passed = false;
        }
        if (team is not null)
            findings.Add($"{candidate.Name} is a team, {team}; the model of its {work.Role} is put forward, and what was measured is the team.");
        return (new(candidate.Name, work.ModelOf(candidate), passed, findings, team), score);
    }

    private sealed record Operand(EvaluationReport Report, PolicyReport Policy);

    /// <summary>An evaluation's name means the candidate's own figure in it; any other name is a policy that an evaluation played.</summary>
    private static Operand? Resolve(NamedPolicy candidate, string name, IReadOnlyDictionary<string, EvaluationReport> reports)
    {
        if (reports.TryGetValue(name, out var evaluation))
            return evaluation.Policies.FirstOrDefault(p => p.Name == candidate.Name) is { } own ? new(evaluation, own) : null;
        return reports.Values.Reverse().SelectMany(report => report.Policies.Where(p => p.Name == name).Select(p => new Operand(report, p))).FirstOrDefault();
    }

    private static bool Holds(GateCondition condition, Operand? left, Operand? right, List<string> findings)
    {
        if (left is null || right is null)
        {
            findings.Add($"{condition}: there is no figure for {(left is null ? condition.LeftName : condition.RightName)}, so the gate stays shut.");
            return false;
        }
        if (left.Policy.Scored + left.Policy.Truncated == 0 || right.Policy.Scored + right.Policy.Truncated == 0)
        {
            findings.Add($"{condition}: no episode of {(left.Policy.Scored + left.Policy.Truncated == 0 ? left : right).Policy.Name} completed, and a failed measurement is not a zero.");
            return false;
        }
        foreach (var policy in (PolicyReport[])[left.Policy, right.Policy])
            if (!policy.Measured)
            {
                findings.Add(string.Create(CultureInfo.InvariantCulture, $"{condition}: {policy.Failed} of {policy.Episodes} episodes of {policy.Name} failed and measured nothing; the gate allows {PolicyReport.MostFailed:P0}."));
                return false;
            }
        var (a, b) = (Metric(left.Policy, condition.LeftMetric), Metric(right.Policy, condition.RightMetric));
        var holds = condition.Operator switch
        {
            ">" => a > b,
            ">=" => a >= b,
            "<" => a < b,
            "<=" => a <= b,
            var other => throw new ArgumentException($"The gate knows no operator '{other}'."),
        };
        findings.Add(string.Create(CultureInfo.InvariantCulture, $"{condition}: {a:0.####} against {b:0.####}, {(holds ? "holds" : "does not hold")}."));
        return holds;
    }

    /// <summary>The two must differ on the tasks that both completed, and to the side that the condition asks for.</summary>
    /// <param name="alpha">The file's, divided by the candidates: the best of several is chosen (Bonferroni).</param>
    private static bool Paired(GateCondition condition, Operand? left, Operand? right, double alpha, List<string> findings)
    {
        if (condition.LeftMetric != "success" || condition.RightMetric != "success")
        {
            findings.Add($"{condition}: the paired test compares success and nothing else.");
            return false;
        }
        if (left is null || right is null || !ReferenceEquals(left.Report, right.Report))
        {
            findings.Add("The paired test needs both policies in one evaluation, on the same tasks.");
            return false;
        }
        var (a, b) = (left.Policy.Name, right.Policy.Name);
        if (left.Report.Pairs.FirstOrDefault(p => (p.A == a && p.B == b) || (p.A == b && p.B == a)) is not { } pair)
        {
            findings.Add($"{a} and {b} were not compared.");
            return false;
        }
        var (onlyLeft, onlyRight) = pair.A == a ? (pair.OnlyA, pair.OnlyB) : (pair.OnlyB, pair.OnlyA);
        var asAsked = condition.Operator is ">" or ">=" ? onlyLeft > onlyRight : onlyLeft < onlyRight;
        var verdict = pair.P >= alpha ? "not below" : asAsked ? "below" : "the other way about, though below";
        findings.Add(string.Create(CultureInfo.InvariantCulture, $"Exact McNemar of {a} against {b}: {onlyLeft} tasks only {a}, {onlyRight} only {b}, p = {pair.P:0.####}, {verdict} {alpha}."));
        return pair.P < alpha && asAsked;
    }

    private static double Metric(PolicyReport policy, string metric) => metric switch
    {
        "success" => policy.Success.Rate,
        "meanTurns" => policy.MeanTurns,
        "invalidRate" => policy.InvalidActionRate,
        _ => throw new ArgumentException($"The gate knows no metric '{metric}'; it knows success, meanTurns and invalidRate."),
    };
}
