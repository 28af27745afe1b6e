namespace AgentOps.Environments;

/// <summary>
/// Find a thing in a room, treat it and put it away, in ALFWorld's manner (Shridhar et al. 2021, arXiv:2010.03768) with shorter texts.
/// Seven receptacles of fourteen kinds; where things lie is hidden until one goes there and, if it is closed, opens it; one thing is carried at a time.
/// Reward 1 when the task is done, else 0; whatever is not possible gets "Nothing happens." and costs a turn.
/// Splits differ in the combination (type, object, receptacle): of each type's combinations 60 % are for training, 10 % for choosing, 30 % for the test.
/// Unseen tasks are about objects that occur in no other split.
/// Example:  "… Task: put a clean mug in shelf 1."  ->  "go to fridge 1"  ->  "fridge 1 is closed."  ->  "open fridge 1"  ->  "In fridge 1: mug 1."  ->  "take mug 1 from fridge 1"
/// </summary>
public sealed class Household : IEnvironment
{
    public static readonly EnvironmentInfo Info = new("household", "1", 24, ["put", "clean", "hot", "cool", "two"], () => new Household())
    {
        Content = task => Combination.Of(task).ToString(),
        RandomCeiling = 0.03,
    };

    private const int Receptacles = 7;
    private const int Distractors = 4;

    internal static readonly string[] Objects =
    [
        "apple", "bowl", "bread", "carrot", "cup", "egg", "fork", "glass", "jar", "jug", "kettle", "knife",
        "ladle", "lemon", "mug", "onion", "pan", "pear", "plate", "pot", "potato", "spoon", "tomato", "tray",
    ];
    internal static readonly string[] UnseenObjects = ["bottle", "melon", "peach", "spatula", "teapot"];
    private static readonly string[] Closing = ["box", "cabinet", "drawer", "fridge", "microwave", "safe"];
    internal static readonly string[] Kinds = [.. Closing, "cart", "counter", "desk", "rack", "shelf", "sinkbasin", "stove", "table"];

    /// <summary>Task type (also the state that a thing then has), verb and the receptacle it is done with.</summary>
    internal static readonly (string State, string Verb, string Appliance)[] Treatments =
        [("clean", "clean", "sinkbasin 1"), ("hot", "heat", "microwave 1"), ("cool", "cool", "fridge 1")];

    private readonly Dictionary<string, Place> _places = [];
    private readonly HashSet<(string Thing, string State)> _states = [];
    private Combination _task = null!;
    private Place? _here;
    private string? _held;

    public string TaskType => _task.Type;

    internal Combination Wish => _task;

    internal IReadOnlyCollection<Place> Places => _places.Values;

    internal Place? Here => _here;

    internal string? Held => _held;

    public Observation Reset(TaskId task)
    {
        var rng = new Rng(Seed.Of(task));
        (_task, _here, _held) = (Combination.Draw(task, rng), null, null);
        _places.Clear();
        _states.Clear();
        foreach (var kind in Room(rng))
            _places.Add($"{kind} 1", new($"{kind} 1", Closing.Contains(kind)));
        foreach (var other in rng.Shuffled(Objects.Where(o => o != _task.Object))[..Distractors])
            rng.Pick(_places.Values.ToArray()).Things.Add($"{other} 1");
        for (var number = 1; number <= _task.Count; number++)
            rng.Pick(_places.Values.Where(place => place.Name != _task.Target).ToArray()).Things.Add($"{_task.Object} {number}");
        foreach (var place in _places.Values)
            place.Things.Sort(StringComparer.Ordinal);
        return See(Around());
    }

    public Outcome Step(string action)
    {
        if (!Admissible().Contains(action))
            return new(See("Nothing happens."), 0, Done: false, Invalid: true);
        var text = Do(action);
        var done = _places[_task.Target].Things.Count(Wanted) == _task.Count;
        return new(See(text), done ? 1 : 0, done, Invalid: false);
    }

    public string ExpertAction() => _held switch
    {
        null => Fetch(),
        _ when Wanted(_held) => At(_task.Target) ?? $"put {_held} in {_task.Target}",
        _ when IsObject(_held) => At(Treatment.Appliance, open: false) ?? $"{Treatment.Verb} {_held} with {Treatment.Appliance}",
        _ => At(_here!.Name) ?? $"put {_held} in {_here.Name}",
    };

    internal (string State, string Verb, string Appliance) Treatment => Treatments.First(t => t.State == _task.Type);

    /// <summary>Kinds of receptacles in the order in which they are listed: those that the task needs and others.</summary>
    private string[] Room(Rng rng)
    {
        List<string> needed = [_task.Receptacle];
        if (_task.Treated)
            needed.Add(Treatment.Appliance.Split(' ')[0]);
        return rng.Shuffled(needed.Concat(rng.Shuffled(Kinds.Except(needed))[..(Receptacles - needed.Count)]));
    }

    internal bool IsObject(string thing) => thing.Split(' ')[0] == _task.Object;

    internal bool Is(string thing, string state) => _states.Contains((thing, state));

    /// <summary>The thing is one the task is about, in the state that the task asks for.</summary>
    internal bool Wanted(string thing) => IsObject(thing) && (!_task.Treated || _states.Contains((thing, _task.Type)));

    /// <summary>A known thing to take, else the first receptacle of the list that has not been looked into.</summary>
    private string Fetch()
    {
        bool Takes(Place place, string thing) => place.Seen && IsObject(thing) && !(place.Name == _task.Target && Wanted(thing));
        var known = _places.Values.Where(place => place.Things.Any(thing => Takes(place, thing))).OrderByDescending(place => place == _here).FirstOrDefault();
        if (known is not null)
            return At(known.Name) ?? $"take {known.Things.First(thing => Takes(known, thing))} from {known.Name}";
        return At(_places.Values.First(place => !place.Seen).Name)!;
    }

    /// <summary>The next step towards standing before the receptacle, opened unless that is not needed; null when one does.</summary>
    internal string? At(string name, bool open = true) =>
        _here?.Name != name ? $"go to {name}" : open && _here.Closed ? $"open {name}" : null;

    private List<string> Admissible()
    {
        List<string> actions = [.. _places.Values.Where(place => place != _here).Select(place => $"go to {place.Name}")];
        if (_here is { Closes: true })
            actions.Add($"{(_here.Closed ? "open" : "close")} {_here.Name}");
        if (_here is { Closed: false } && _held is null)
            actions.AddRange(_here.Things.Select(thing => $"take {thing} from {_here.Name}"));
        if (_here is { Closed: false } && _held is not null)
            actions.Add($"put {_held} in {_here.Name}");
        if (_held is not null)
            actions.AddRange(Treatments.Where(t => t.Appliance == _here?.Name).Select(t => $"{t.Verb} {_held} with {t.Appliance}"));
        return [.. actions, "look", "inventory"];
    }

    /// <summary>Carries out an admissible action and says what came of it.</summary>
    private string Do(string action)
    {
        var words = action.Split(' ');
        switch (words[0])
        {
            case "go":
                _here = _places[$"{words[2]} {words[3]}"];
                return View();
            case "open":
                _here!.Closed = false;
                return View();
            case "close":
                _here!.Closed = true;
                return $"You close {_here.Name}.";
            case "take":
                _held = $"{words[1]} {words[2]}";
                _here!.Things.Remove(_held);
                return $"You take {_held}.";
            case "put":
                var put = _held!;
                _held = null;
                _here!.Things.Add(put);
                return $"You put {put} in {_here.Name}.";
            case "look":
                return View();
            case "inventory":
                return $"You carry {_held ?? "nothing"}.";
            default:
                return Treat(words[0], _held!);
        }
    }

    private string Treat(string verb, string thing)
    {
        // What is heated is no longer cool, and the other way round.
        if (verb is "heat" or "cool")
            _states.RemoveWhere(s => s.Thing == thing && s.State is "hot" or "cool");
        _states.Add((thing, Treatments.First(t => t.Verb == verb).State));
        return $"You {verb} {thing}.";
    }

    private string Around() => $"You are in a room with: {string.Join(", ", _places.Keys)}. Task: {_task}.";

    private string View()
    {
        if (_here is null)
            return Around();
        if (_here.Closed)
            return $"{_here.Name} is closed.";
        _here.Seen = true;
        return $"In {_here.Name}: {(_here.Things.Count == 0 ? "nothing" : string.Join(", ", _here.Things))}.";
    }

    private Observation See(string text) => new(text, Admissible());

    /// <summary>A receptacle of the room. Seen means that the agent has looked into it.</summary>
    internal sealed class Place(string name, bool closes)
    {
        public string Name { get; } = name;

        public bool Closes { get; } = closes;

        public bool Closed { get; set; } = closes;

        public bool Seen { get; set; }

        public List<string> Things { get; } = [];
    }

    /// <summary>What a task is about.</summary>
    internal sealed record Combination(string Type, string Object, string Receptacle)
    {
        private static readonly Dictionary<(string Type, Split Split), Combination[]> ByTypeAndSplit = Divided();

        public string Target => $"{Receptacle} 1";

        public int Count => Type == "two" ? 2 : 1;

        public bool Treated => Treatments.Any(t => t.State == Type);

        public static Combination Of(TaskId task) => Draw(task, new Rng(Seed.Of(task)));

        /// <summary>Types take turns, so that every five tasks in a row hold each once.</summary>
        public static Combination Draw(TaskId task, Rng rng) => rng.Pick(ByTypeAndSplit[(Info.TaskTypes[(int)(task.Index % Info.TaskTypes.Count)], task.Split)]);

        /// <summary>"put two mug" is ALFWorld's own wording.</summary>
        public override string ToString() => Type switch
        {
            "two" => $"put two {Object} in {Target}",
            "put" => $"put {("aeiou".Contains(Object[0]) ? "an" : "a")} {Object} in {Target}",
            _ => $"put a {Type} {Object} in {Target}",
        };

        private static Dictionary<(string, Split), Combination[]> Divided()
        {
            var divided = new Dictionary<(string, Split), Combination[]>();
            foreach (var type in Info.TaskTypes)
            {
                // By hash, so that which combinations are whose has nothing to do with the order of the words.
                Combination[] all = [.. Every(type, Objects).OrderBy(c => Seed.Of($"{c.Type}/{c.Object}/{c.Receptacle}"))];
                var (test, dev) = (all.Length * 3 / 10, all.Length / 10);
                divided[(type, Split.Test)] = all[..test];
                divided[(type, Split.Dev)] = all[test..(test + dev)];
                divided[(type, Split.Train)] = all[(test + dev)..];
                divided[(type, Split.Unseen)] = [.. Every(type, UnseenObjects)];
            }
            return divided;
        }

        /// <summary>No thing is to be put into the receptacle that it was treated with.</summary>
        private static IEnumerable<Combination> Every(string type, string[] objects) =>
            from thing in objects
            from kind in Kinds
            where !Treatments.Any(t => t.State == type && t.Appliance == $"{kind} 1")
            select new Combination(type, thing, kind);
    }
}
