using System.Diagnostics;
using AgentOps.Contracts;
using AgentOps.Registry;

namespace AgentOps.LineageBenchmark;

/// <summary>What a question took, in milliseconds.</summary>
internal sealed record Answered(string Question, long Events, double P50, double P95, double? Bar)
{
    public bool Met => Bar is not { } bar || P95 < bar;
}

/// <summary>What is asked about a model version, through Registry's own code.</summary>
internal sealed class Questions(PrivateLedger ledger, int times)
{
    private const int PageSize = 101;

    public async Task<IReadOnlyList<Answered>> AskAsync(Trained about, int trajectories)
    {
        var events = await ledger.Store.HeadAsync();
        var of = $"{trajectories:N0} trajectories";
        return
        [
            await MeasureAsync($"summary, {of}", events, 50, async () => Check((await new LineageGraph(ledger.Db).WalkAsync(about.Version, CancellationToken.None)).Nodes.Count > 10)),
            .. await PagesAsync(about.Generation, $"members of the generation, {of}", events),
            .. await PagesAsync(about.Judgement, $"members of the judgement, {of}", events),
            await MeasureAsync($"downstream of a trajectory, {of}", events, null, () => DownstreamAsync(about.Trajectory, about)),
            await MeasureAsync($"downstream of a data set, {of}", events, null, () => DownstreamAsync(about.Dataset, about)),
        ];
    }

    private async Task<IReadOnlyList<Answered>> PagesAsync(Reference group, string what, long events)
    {
        var count = Convert.ToInt32(await ledger.AdminAsync($"SELECT count(*) FROM registry.lineage_member m JOIN registry.lineage_output o USING (step) WHERE o.id = '{group.Id}'"));
        var answers = new List<Answered>();
        foreach (var (name, at) in ((string, int)[])[("first page", 0), ("middle page", count / 2), ("last page", count - 100)])
        {
            var cursor = await CursorAsync(group, at);
            answers.Add(await MeasureAsync($"{what}, {name}", events, 200, async () => Check((await MemberRows.PageAsync(ledger.Db, group, cursor, PageSize, CancellationToken.None)).Count >= 100)));
        }
        return answers;
    }

    private async Task<MemberCursor> CursorAsync(Reference group, int at) => at == 0 ? default : await ledger.AdminAsync($"""
        SELECT m.position || '-' || m.ordinal FROM registry.lineage_member m JOIN registry.lineage_output o USING (step) WHERE o.id = '{group.Id}' ORDER BY m.position, m.ordinal OFFSET {at - 1} LIMIT 1
        """) is string text && text.Split('-') is [var position, var ordinal] ? new(long.Parse(position), int.Parse(ordinal)) : throw new InvalidOperationException($"{group} has no member {at}.");

    private async Task DownstreamAsync(Reference root, Trained about)
    {
        var membership = root.Kind == ReferenceKind.Trajectory ? new Membership(root, ledger.Store, ledger.Artifacts) : null;
        var downstream = await new DownstreamWalk(ledger.Db, root, membership).WalkAsync(CancellationToken.None);
        Check(downstream.Complete && downstream.Nodes.Any(node => node.Reference == new Reference(ReferenceKind.Deployment, about.Name)));
    }

    private async Task<Answered> MeasureAsync(string question, long events, double? bar, Func<Task> ask)
    {
        for (var i = 0; i < 10; i++)
            await ask();
        var took = new double[times];
        for (var i = 0; i < times; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await ask();
            took[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(took);
        Console.Error.WriteLine($"{question} at {events:N0} events: p50 {took[times / 2]:F1} ms");
        return new(question, events, took[times / 2], took[(int)Math.Ceiling(times * 0.95) - 1], bar);
    }

    private static void Check(bool holds)
    {
        if (!holds)
            throw new InvalidOperationException("An answer is not what was asked for: nothing is measured.");
    }
}
