namespace AgentOps.Environments;

/// <summary>
/// General instructions of one turn: say some words again, in reverse order, or the first or the last of them. What an agent can do beside its trade, to be mixed into its training and to be measured with it
/// (AgentTuning, arXiv:2310.12823, section 2.2, on a scale where no instruction data of others are needed).
/// Reward 1 for the asked answer, else 0; an answer of other words than the given ones is not understood.
/// Splits differ in the sets of words: a set of three or four belongs to one split by its hash. Unseen tasks have five words.
/// Example:  "Say in reverse order: river lamp green."  ->  "green lamp river"
/// </summary>
public sealed class Instructions : IEnvironment
{
    public static readonly EnvironmentInfo Info = new("instructions", "1", 1, ["repeat", "reverse", "first", "last"], () => new Instructions())
    {
        Content = task => string.Join(' ', Drawn.Of(task).Words.Order(StringComparer.Ordinal)),
        RandomCeiling = 0.15,
    };

    private static readonly string[] Vocabulary =
    [
        "apple", "bird", "boat", "bread", "bridge", "cloud", "coat", "corn", "door", "field", "fire", "fish", "flower", "gold", "grass", "green", "hand", "hill", "horse", "lamp",
        "leaf", "moon", "mountain", "music", "night", "paper", "rain", "river", "road", "salt", "sea", "silver", "snow", "star", "stone", "sun", "tree", "wall", "water", "wind",
    ];

    private Drawn _task = null!;

    public string TaskType => _task.Type;

    public Observation Reset(TaskId task)
    {
        _task = Drawn.Of(task);
        return See("");
    }

    public Outcome Step(string action)
    {
        var isUnderstood = _task.Answers.Contains(action);
        return new(See(isUnderstood ? "" : "Nothing happens. "), action == ExpertAction() ? 1 : 0, Done: isUnderstood, Invalid: !isUnderstood);
    }

    public string ExpertAction() => _task.Type switch
    {
        "repeat" => string.Join(' ', _task.Words),
        "reverse" => string.Join(' ', _task.Words.Reverse()),
        "first" => _task.Words[0],
        _ => _task.Words[^1],
    };

    private Observation See(string remark)
    {
        var asked = _task.Type switch { "repeat" => "Say again", "reverse" => "Say in reverse order", var end => $"Say the {end} word" };
        return new($"{remark}{asked}: {string.Join(' ', _task.Words)}.", _task.Answers);
    }

    private sealed record Drawn(string Type, string[] Words)
    {
        /// <summary>All words in any order, or one of them.</summary>
        public IReadOnlyList<string> Answers { get; } = [.. Orders(Words).Select(order => string.Join(' ', order)), .. Words];

        public static Drawn Of(TaskId task)
        {
            var rng = new Rng(Seed.Of(task));
            var type = rng.Pick(Info.TaskTypes);
            while (true)
            {
                var words = rng.Shuffled(Vocabulary)[..(task.Split == Split.Unseen ? 5 : 3 + rng.Below(2))];
                if (task.Split == Split.Unseen || Home(words) == task.Split)
                    return new(type, words);
            }
        }

        /// <summary>Of ten sets of words six are for training, one for choosing, three for the test.</summary>
        private static Split Home(string[] words) => (Seed.Of(string.Join(' ', words.Order(StringComparer.Ordinal))) % 10) switch { < 6 => Split.Train, 6 => Split.Dev, _ => Split.Test };

        private static IEnumerable<string[]> Orders(string[] words) => words.Length == 1
            ? [words]
            : words.SelectMany(first => Orders([.. words.Where(word => word != first)]), (first, rest) => (string[])[first, .. rest]);
    }
}
