using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.Registry;

/// <summary>The rows that a page of events makes of the view of lineage.</summary>
internal sealed class LineagePage : IPageChanges
{
    private sealed record Step(Guid Id, string Type, string Actor, Guid? Run, int Samples)
    {
        public int Gathered { get; set; }
        public int Made { get; set; }
        public List<string> Shown { get; } = [];
    }

    private sealed record Input(Guid Step, int Ordinal, Reference Read, Guid? Run, long Position, bool Taken);

    private sealed record Output(Guid? Run, bool Takes, long First)
    {
        public long Last { get; set; } = First;
    }

    private readonly Dictionary<Guid, Step> _steps = [];
    private readonly List<Input> _inputs = [];
    private readonly Dictionary<(Reference Made, Guid Step), Output> _outputs = [];
    private readonly List<(string Trajectory, long Position, Guid Step)> _made = [];
    private readonly List<(Guid Step, long Position, int Ordinal, string Trajectory)> _members = [];

    public void Add(StoredEvent stored, EventEdges edges)
    {
        if (!_steps.TryGetValue(edges.Step, out var step))
        {
            _steps[edges.Step] = step = new(edges.Step, stored.Type, stored.Meta.Actor, stored.Meta.Run, edges.Samples);
            _inputs.AddRange(edges.Inputs.Select((read, i) => new Input(edges.Step, i + 1, read, stored.Meta.Run, stored.Position, i >= edges.Inputs.Count - edges.Taken)));
        }
        step.Gathered += edges.Gathered.Count;
        step.Made += edges.Made.Count;
        step.Shown.AddRange(edges.Gathered.Take(2 - step.Shown.Count));
        foreach (var made in edges.Outputs)
            if (!_outputs.TryAdd((made, edges.Step), new(stored.Meta.Run, edges.Takes, stored.Position)))
                _outputs[(made, edges.Step)].Last = stored.Position;
        _made.AddRange(edges.Made.Select(trajectory => (trajectory, stored.Position, edges.Step)));
        _members.AddRange(edges.Gathered.Select((trajectory, i) => (edges.Step, stored.Position, i + 1, trajectory)));
    }

    public void Send(ViewChanges changes)
    {
        changes.Add("""
            INSERT INTO lineage_step SELECT s, t, a, r, g, m, n, array_remove(ARRAY[x, y], NULL) FROM unnest(@Steps, @Types, @Actors, @Runs, @Gathered, @Made, @Samples, @Shown, @ShownNext) AS p (s, t, a, r, g, m, n, x, y)
            ON CONFLICT (step) DO UPDATE SET gathered = lineage_step.gathered + excluded.gathered, made = lineage_step.made + excluded.made, shown = (lineage_step.shown || excluded.shown)[1:2]
            """, new
        {
            Steps = Of(_steps.Values, s => s.Id), Types = Of(_steps.Values, s => s.Type), Actors = Of(_steps.Values, s => s.Actor), Runs = Of(_steps.Values, s => s.Run),
            Gathered = Of(_steps.Values, s => (long)s.Gathered), Made = Of(_steps.Values, s => (long)s.Made), Samples = Of(_steps.Values, s => (long)s.Samples),
            Shown = Of(_steps.Values, s => s.Shown.ElementAtOrDefault(0)), ShownNext = Of(_steps.Values, s => s.Shown.ElementAtOrDefault(1)),
        });
        changes.Add("INSERT INTO lineage_input SELECT * FROM unnest(@Steps, @Ordinals, @Kinds, @Ids, @Runs, @Positions, @Taken) ON CONFLICT DO NOTHING", new
        {
            Steps = Of(_inputs, i => i.Step), Ordinals = Of(_inputs, i => i.Ordinal), Kinds = Of(_inputs, i => i.Read.Kind.ToString()), Ids = Of(_inputs, i => i.Read.Id),
            Runs = Of(_inputs, i => i.Run), Positions = Of(_inputs, i => i.Position), Taken = Of(_inputs, i => i.Taken),
        });
        changes.Add("INSERT INTO lineage_output SELECT * FROM unnest(@Kinds, @Ids, @Steps, @Runs, @Takes, @Firsts, @Lasts) ON CONFLICT (kind, id, step) DO UPDATE SET last = excluded.last", new
        {
            Kinds = Of(_outputs.Keys, o => o.Made.Kind.ToString()), Ids = Of(_outputs.Keys, o => o.Made.Id), Steps = Of(_outputs.Keys, o => o.Step), Runs = Of(_outputs.Values, o => o.Run),
            Takes = Of(_outputs.Values, o => o.Takes), Firsts = Of(_outputs.Values, o => o.First), Lasts = Of(_outputs.Values, o => o.Last),
        });
        changes.Add("INSERT INTO lineage_made SELECT * FROM unnest(@Trajectories, @Positions, @Steps)",
            new { Trajectories = Of(_made, m => m.Trajectory), Positions = Of(_made, m => m.Position), Steps = Of(_made, m => m.Step) });
        var members = new { Steps = Of(_members, m => m.Step), Positions = Of(_members, m => m.Position), Ordinals = Of(_members, m => m.Ordinal), Trajectories = Of(_members, m => m.Trajectory) };
        changes.Add("INSERT INTO lineage_member SELECT * FROM unnest(@Steps, @Positions, @Ordinals, @Trajectories)", members);
        changes.Add("""
            INSERT INTO lineage_link SELECT g.step, m.step, (array_agg(trajectory ORDER BY g.position, g.ordinal))[1]
            FROM unnest(@Steps, @Positions, @Ordinals, @Trajectories) AS g (step, position, ordinal, trajectory) JOIN lineage_made m USING (trajectory) GROUP BY g.step, m.step ON CONFLICT DO NOTHING
            """, members);
    }

    private static TValue[] Of<T, TValue>(IEnumerable<T> rows, Func<T, TValue> value) => [.. rows.Select(value)];
}
