namespace AgentOps.Environments;

/// <summary>
/// The <see cref="Household"/> played by two: the planner knows the task and never sees the room, the worker sees the room and never hears the task.
/// The planner gives one order at a time; the worker acts until it says "report", on which the planner is told what it holds and asked again. The planner has to order the right things in the right sequence,
/// the worker to find a thing without looking anywhere twice. Reward 1, for both, when the task is done, else 0; what is no order, or is not possible, gets "Nothing happens." and costs a turn.
/// Tasks and splits are those of the household of the same index.
/// Example:  planner "Task: put a clean mug in shelf 1."  ->  "find mug";  worker "You are in a room with: … Order: find mug."  ->  "go to fridge 1"  ->  …  ->  "take mug 1 from fridge 1"  ->  "report";
/// planner "The worker holds mug 1."  ->  "clean it"
/// </summary>
public sealed class Crew : IEnvironment
{
    public const string Planner = "planner";
    public const string Worker = "worker";

    private const string Report = "report";
    private const string BeforeTask = " Task: ";

    public static readonly EnvironmentInfo Info = new("crew", "1", 40, Household.Info.TaskTypes, () => new Crew())
    {
        Content = task => Household.Info.Content(Of(task)),
        MadeOf = [Household.Info.Name],
        RandomCeiling = 0.01,
        Roles = [Planner, Worker],
    };

    /// <summary>What a planner may say: a thing to hold, what to do with what is held, and where to put it.</summary>
    private static readonly string[] Orders =
    [
        .. Household.Objects.Concat(Household.UnseenObjects).Select(thing => $"find {thing}"),
        .. Household.Treatments.Select(treatment => $"{treatment.Verb} it"),
        .. Household.Kinds.Select(kind => $"put it in {kind} 1"),
    ];

    private readonly Household _household = new();
    private readonly List<string> _delivered = [];
    private IReadOnlyList<string> _actions = [];
    private string _room = "";
    private string? _order;

    public string TaskType => _household.TaskType;

    public Observation Reset(TaskId task)
    {
        var seen = _household.Reset(Of(task));
        _delivered.Clear();
        (_room, _order, _actions) = ($"{WithoutTask(seen.Text)} ", null, seen.AdmissibleActions);
        return ToPlanner($"Task: {_household.Wish}.");
    }

    public Outcome Step(string action) => _order is null ? Ordered(action) : Worked(action);

    public string ExpertAction() => _order is null ? NextOrder() : Next(_order.Split(' '));

    private Outcome Ordered(string order)
    {
        if (!Orders.Contains(order))
            return new(ToPlanner("Nothing happens."), 0, Done: false, Invalid: true);
        // The room is told once: the worker has it before it from then on.
        var told = ToWorker($"{_room}Order: {order}.");
        (_order, _room) = (order, "");
        return new(told, 0, Done: false, Invalid: false);
    }

    private Outcome Worked(string action)
    {
        if (action == Report)
        {
            _order = null;
            return new(ToPlanner($"The worker holds {(_household.Held is { } thing ? string.Join(' ', StatesOf(thing).Append(thing)) : "nothing")}."), 0, Done: false, Invalid: false);
        }
        var before = _household.Held;
        var outcome = _household.Step(action);
        _actions = outcome.Observation.AdmissibleActions;
        if (_household.Held is { } taken)
            _delivered.Remove(taken);
        else if (before is not null && _order == $"put it in {_household.Here!.Name}")
            _delivered.Add(before);
        return outcome with { Observation = ToWorker(WithoutTask(outcome.Observation.Text)) };
    }

    /// <summary>The planner's expert: it goes by the task and by what it is told that the worker holds.</summary>
    private string NextOrder() => _household.Held is not { } held || !_household.IsObject(held) ? $"find {_household.Wish.Object}"
        : _household.Wanted(held) ? $"put it in {_household.Wish.Target}"
        : $"{_household.Treatment.Verb} it";

    /// <summary>The worker's expert: it goes by the order, what it has seen, and which things it has put where it was told to.</summary>
    private string Next(string[] order) => (order, _household.Held) switch
    {
        (["find", var name], null) => Fetch(name),
        (["find", var name], { } held) => IsA(held, name) ? Report : _household.At(_household.Here!.Name) ?? $"put {held} in {_household.Here.Name}",
        (_, null) => Report,
        (["put", "it", "in", var kind, var number], { } held) => InRoom($"{kind} {number}") ? _household.At($"{kind} {number}") ?? $"put {held} in {kind} {number}" : Report,
        (_, { } held) => Treat(Household.Treatments.First(treatment => treatment.Verb == order[0]), held),
    };

    private string Treat((string State, string Verb, string Appliance) treatment, string held) =>
        _household.Is(held, treatment.State) || !InRoom(treatment.Appliance) ? Report : _household.At(treatment.Appliance, open: false) ?? $"{treatment.Verb} {held} with {treatment.Appliance}";

    /// <summary>A thing that it knows of and has not delivered, else the first receptacle of the list that it has not looked into, else what it has delivered first.</summary>
    private string Fetch(string name)
    {
        var known = _household.Places.Where(place => place.Seen).OrderByDescending(place => place == _household.Here).SelectMany(place => place.Things).Where(thing => IsA(thing, name)).ToArray();
        if (known.Except(_delivered).FirstOrDefault() is { } free)
            return Take(free);
        if (_household.Places.FirstOrDefault(place => !place.Seen) is { } unseen)
            return _household.At(unseen.Name)!;
        return _delivered.FirstOrDefault(known.Contains) is { } delivered ? Take(delivered) : Report;
    }

    private string Take(string thing)
    {
        var place = _household.Places.First(place => place.Things.Contains(thing)).Name;
        return _household.At(place) ?? $"take {thing} from {place}";
    }

    private bool InRoom(string receptacle) => _household.Places.Any(place => place.Name == receptacle);

    private static bool IsA(string thing, string name) => thing.Split(' ')[0] == name;

    private IEnumerable<string> StatesOf(string thing) => Household.Treatments.Select(treatment => treatment.State).Where(state => _household.Is(thing, state));

    private static Observation ToPlanner(string text) => new(text, Orders, Planner);

    private Observation ToWorker(string text) => new(text, [.. _actions, Report], Worker);

    /// <summary>Who looks around before going anywhere is told the task again, which is not the worker's business.</summary>
    private static string WithoutTask(string text) => text.Split(BeforeTask, 2)[0];

    private static TaskId Of(TaskId task) => new(Household.Info.Name, task.Split, task.Index);
}
