namespace AgentOps.Environments.Tests;

public class NegativesRules
{
    [Fact]
    public void Where_there_is_no_room_to_act_in_the_answer_is_to_say_so()
    {
        foreach (var task in Tasks("no-tools"))
        {
            var start = Start(task).Text;
            var household = Household.Info.Create().Reset(new("household", task.Split, task.Index)).Text;
            Assert.StartsWith("Task: ", start, StringComparison.Ordinal);
            Assert.EndsWith(start, household, StringComparison.Ordinal);
            Assert.Equal((1, true, false), Answer(task, "I cannot do that here."));
        }
    }

    [Fact]
    public void Where_nothing_is_to_be_done_the_answer_is_the_plain_one()
    {
        foreach (var task in Tasks("plain-chat"))
        {
            var start = Start(task).Text;
            var instructions = Instructions.Info.Create();
            var asked = instructions.Reset(new("instructions", task.Split, task.Index)).Text;
            Assert.StartsWith("You are in a room with: ", start, StringComparison.Ordinal);
            Assert.EndsWith($". {asked}", start, StringComparison.Ordinal);
            Assert.Equal((1, true, false), Answer(task, instructions.ExpertAction()));
        }
    }

    [Fact]
    public void Acting_all_the_same_earns_nothing()
    {
        foreach (var task in Tasks("no-tools").Concat(Tasks("plain-chat")))
        {
            var actions = Household.Info.Create().Reset(new("household", task.Split, task.Index)).AdmissibleActions;
            Assert.Subset(Start(task).AdmissibleActions.ToHashSet(), actions.ToHashSet());
            Assert.All(actions, action => Assert.Equal((0, true, false), Answer(task, action)));
        }
    }

    [Fact]
    public void An_answer_of_neither_kind_is_not_understood() => Assert.Equal((0, false, true), Answer(new("negatives", Split.Test, 0), "yes"));

    private static IEnumerable<TaskId> Tasks(string type) => Enumerable.Range(0, 60).Select(index => new TaskId("negatives", Split.Test, index)).Where(task => TypeOf(task) == type);

    private static string TypeOf(TaskId task)
    {
        var world = Negatives.Info.Create();
        world.Reset(task);
        return world.TaskType;
    }

    private static Observation Start(TaskId task) => Negatives.Info.Create().Reset(task);

    private static (double Reward, bool Done, bool Invalid) Answer(TaskId task, string answer)
    {
        var world = Negatives.Info.Create();
        world.Reset(task);
        var outcome = world.Step(answer);
        return (outcome.Reward, outcome.Done, outcome.Invalid);
    }
}
