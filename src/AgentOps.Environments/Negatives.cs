namespace AgentOps.Environments;

/// <summary>
/// When not to act: the two kinds of negative samples of Agent-FLAN (arXiv:2403.12881, section 3.4), for an agent of the household. <c>no-tools</c>: a task of the household, but no room to do it in; the answer is to
/// say so. <c>plain-chat</c>: a room with all that one could act on, but the request is one of <see cref="Instructions"/>; the answer is its answer. Acting all the same is what the paper calls a hallucination.
/// Reward 1 for the right answer, else 0; one turn; what is neither an answer nor an action of the household is not understood.
/// Tasks and splits are those of the household and of the instructions of the same index.
/// Example:  "Task: put a clean mug in shelf 1."  ->  "I cannot do that here."
/// </summary>
public sealed class Negatives : IEnvironment
{
    public const string Refusal = "I cannot do that here.";

    private const string NoTools = "no-tools";
    private const string PlainChat = "plain-chat";

    public static readonly EnvironmentInfo Info = new("negatives", "1", 1, [NoTools, PlainChat], () => new Negatives())
    {
        Content = task => TypeOf(task) == NoTools ? Household.Info.Content(Of(Household.Info, task)) : Instructions.Info.Content(Of(Instructions.Info, task)),
        RandomCeiling = 0.2,
        MadeOf = [Household.Info.Name, Instructions.Info.Name],
    };

    private readonly Household _household = new();
    private readonly Instructions _instructions = new();
    private string _text = "";
    private string[] _understood = [];

    public string TaskType { get; private set; } = NoTools;

    public Observation Reset(TaskId task)
    {
        TaskType = TypeOf(task);
        var (tools, chat) = (_household.Reset(Of(Household.Info, task)), _instructions.Reset(Of(Instructions.Info, task)));
        var parts = tools.Text.Split(" Task: ", 2);
        _text = TaskType == NoTools ? $"Task: {parts[1]}" : $"{parts[0]} {chat.Text}";
        _understood = TaskType == NoTools ? [Refusal, .. tools.AdmissibleActions] : [.. chat.AdmissibleActions, .. tools.AdmissibleActions];
        return See("");
    }

    public Outcome Step(string action)
    {
        var isUnderstood = _understood.Contains(action);
        return new(See(isUnderstood ? "" : "Nothing happens. "), action == ExpertAction() ? 1 : 0, Done: isUnderstood, Invalid: !isUnderstood);
    }

    public string ExpertAction() => TaskType == NoTools ? Refusal : _instructions.ExpertAction();

    private Observation See(string remark) => new($"{remark}{_text}", _understood);

    private static string TypeOf(TaskId task) => task.Index % 2 == 0 ? NoTools : PlainChat;

    private static TaskId Of(EnvironmentInfo environment, TaskId task) => new(environment.Name, task.Split, task.Index);
}
