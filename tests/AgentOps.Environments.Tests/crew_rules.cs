namespace AgentOps.Environments.Tests;

public class CrewRules
{
    private static readonly TaskId Clean = new("crew", Split.Train, 1);
    private static readonly TaskId Two = new("crew", Split.Train, 4);

    [Fact]
    public void The_planner_is_told_the_households_task_and_never_the_room()
    {
        foreach (var task in Tasks)
        {
            var (room, wish) = Household(task);
            var told = Told(task, Crew.Planner);
            Assert.Equal($"Task: {wish}", told[0]);
            Assert.All(told, text => Assert.DoesNotContain(room, text, StringComparison.Ordinal));
            Assert.All(told.Skip(1), text => Assert.StartsWith("The worker holds ", text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void The_worker_is_told_the_room_once_and_its_orders_and_never_the_task()
    {
        foreach (var task in Tasks)
        {
            var (room, wish) = Household(task);
            var told = Told(task, Crew.Worker);
            Assert.StartsWith($"{room} Order: find ", told[0], StringComparison.Ordinal);
            Assert.All(told.Skip(1), text => Assert.DoesNotContain(room, text, StringComparison.Ordinal));
            Assert.All(told, text => Assert.DoesNotContain("Task", text, StringComparison.Ordinal));
            Assert.All(told, text => Assert.DoesNotContain(wish.TrimEnd('.'), text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_worker_that_looks_around_before_it_goes_anywhere_is_not_told_the_task_either()
    {
        var world = Start(Clean);
        world.Step("find ladle");
        Assert.Equal($"{Household(Clean).Room}", world.Step("look").Observation.Text);
    }

    [Fact]
    public void An_order_hands_over_to_the_worker_and_a_report_back_to_the_planner()
    {
        var world = Start(Clean);
        Assert.Equal((Crew.Worker, false), Asked(world.Step("find ladle")));
        Assert.Equal((Crew.Worker, false), Asked(world.Step("go to rack 1")));
        Assert.Equal((Crew.Worker, false), Asked(world.Step("take ladle 1 from rack 1")));
        var report = world.Step("report");
        Assert.Equal((Crew.Planner, false), Asked(report));
        Assert.Equal("The worker holds ladle 1.", report.Observation.Text);
        Assert.Equal("Order: clean it.", world.Step("clean it").Observation.Text);
        world.Step("go to sinkbasin 1");
        world.Step("clean ladle 1 with sinkbasin 1");
        Assert.Equal("The worker holds clean ladle 1.", world.Step("report").Observation.Text);
    }

    [Fact]
    public void Neither_understands_the_others_language()
    {
        var world = Start(Clean);
        Assert.Equal((Crew.Planner, true), Asked(world.Step("go to rack 1")));
        Assert.Equal((Crew.Planner, true), Asked(world.Step("report")));
        Assert.Equal((Crew.Planner, true), Asked(world.Step("find unicorn")));
        world.Step("find ladle");
        Assert.Equal((Crew.Worker, true), Asked(world.Step("find ladle")));
        Assert.Equal((Crew.Worker, true), Asked(world.Step("clean it")));
    }

    [Fact]
    public void Of_two_things_the_planner_orders_one_after_the_other_and_the_put_that_solves_the_task_ends_the_episode()
    {
        var (orders, world) = (new List<string>(), Start(Two));
        Outcome last;
        var role = Crew.Planner;
        do
        {
            var action = world.ExpertAction();
            if (role == Crew.Planner)
                orders.Add(action);
            last = world.Step(action);
            role = last.Observation.Role!;
        }
        while (!last.Done && orders.Count < Crew.Info.MaxTurns);

        var (thing, target) = (Household(Two).Wish.Split(' ')[2], Household(Two).Wish.Split(" in ")[1].TrimEnd('.'));
        Assert.Equal([$"find {thing}", $"put it in {target}", $"find {thing}", $"put it in {target}"], orders);
        Assert.Equal((1.0, Crew.Worker), (last.Reward, role));
    }

    [Fact]
    public void A_worker_that_was_told_of_a_thing_takes_it_from_where_it_saw_it_and_looks_nowhere_twice()
    {
        foreach (var task in Tasks)
        {
            var world = Start(task);
            var (looked, searching, role) = (new List<string>(), false, Crew.Planner);
            Outcome outcome;
            do
            {
                var action = world.ExpertAction();
                if (role == Crew.Planner)
                    searching = action.StartsWith("find ", StringComparison.Ordinal);
                outcome = world.Step(action);
                // Closed ones are looked into by opening, the others by going there; what it goes back to it goes back to in order to take.
                if (role == Crew.Worker && searching && outcome.Observation.Text.StartsWith("In ", StringComparison.Ordinal) && !world.ExpertAction().StartsWith("take ", StringComparison.Ordinal))
                    looked.Add(outcome.Observation.Text.Split(':')[0]);
                role = outcome.Observation.Role!;
            }
            while (!outcome.Done && looked.Count < Crew.Info.MaxTurns);
            Assert.Distinct(looked);
        }
    }

    [Theory]
    [InlineData("heat it")]
    [InlineData("put it in shelf 1")]
    [InlineData("find teapot")]
    public void An_order_that_cannot_be_carried_out_is_reported_back(string order)
    {
        var world = Start(Clean);
        world.Step(order);
        var (turns, role) = (0, Crew.Worker);
        while (role == Crew.Worker && turns++ < 40)
            role = world.Step(world.ExpertAction()).Observation.Role;

        Assert.Equal(Crew.Planner, role);
    }

    [Fact]
    public void An_environment_that_asks_nobody_or_somebody_else_than_its_roles_is_an_error()
    {
        Assert.Contains("asks no role; its roles are planner, worker", Assert.Throws<InvalidOperationException>(() => Asking(null, [Crew.Planner, Crew.Worker])).Message);
        Assert.Contains("asks the role 'cook'; its roles are", Assert.Throws<InvalidOperationException>(() => Asking("cook", [Crew.Planner, Crew.Worker])).Message);
        Assert.Contains("asks the role 'planner'; it has no roles", Assert.Throws<InvalidOperationException>(() => Asking(Crew.Planner, [])).Message);
        Asking(Crew.Planner, [Crew.Planner]);
        Asking(null, []);
    }

    private static void Asking(string? role, string[] roles) =>
        new EnvironmentInfo("asking", "1", 1, ["type"], () => new Asks(role)) { Content = task => task.ToString(), RandomCeiling = 1, Roles = roles }.Create().Reset(new("asking", Split.Train, 0));

    private sealed class Asks(string? role) : IEnvironment
    {
        public string TaskType => "type";

        public Observation Reset(TaskId task) => new("", ["go"], role);

        public Outcome Step(string action) => new(new("", ["go"], role), 0, Done: true, Invalid: false);

        public string ExpertAction() => "go";
    }

    private static IEnumerable<TaskId> Tasks => Enumerable.Range(0, 100).Select(index => new TaskId("crew", Split.Test, index));

    private static IEnvironment Start(TaskId task)
    {
        var world = Crew.Info.Create();
        world.Reset(task);
        return world;
    }

    private static (string? Role, bool Invalid) Asked(Outcome outcome) => (outcome.Observation.Role, outcome.Invalid);

    private static (string Room, string Wish) Household(TaskId task)
    {
        var parts = Environments.Household.Info.Create().Reset(new("household", task.Split, task.Index)).Text.Split(" Task: ");
        return (parts[0], parts[1]);
    }

    /// <summary>What a role is told while the experts play.</summary>
    private static List<string> Told(TaskId task, string role)
    {
        var (world, told) = (Crew.Info.Create(), new List<string>());
        var (seen, done) = (world.Reset(task), false);
        for (var turn = 0; !done && turn < Crew.Info.MaxTurns; turn++)
        {
            if (seen.Role == role)
                told.Add(seen.Text);
            var outcome = world.Step(world.ExpertAction());
            (seen, done) = (outcome.Observation, outcome.Done);
        }
        return told;
    }
}
