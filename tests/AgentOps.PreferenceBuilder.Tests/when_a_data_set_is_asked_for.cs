using System.Net;
using AgentOps.Contracts;
using AgentOps.Models;
using AgentOps.Tests;

namespace AgentOps.PreferenceBuilder.Tests;

public sealed class when_a_data_set_is_asked_for(PreferenceBuilderService service) : IClassFixture<PreferenceBuilderService>
{
    [Fact]
    public async Task Labels_are_the_judges_verdicts()
    {
        var built = Assert.IsType<DatasetBuilt>(await service.AnswerAsync("3.train.dataset", "labelled"));

        Assert.Equal((DatasetKind.Labelled, 2, new BalanceSheet(In: 2, Used: 2)), (built.Kind, built.Samples, built.Balance));
        Assert.Equal([("maze/train/0", true), ("maze/train/1", false)], (await service.LinesAsync<LabelledSequence>(built)).Select(line => (line.Sequence.Task, line.Desirable)));
    }

    [Fact]
    public async Task Whose_its_samples_are_is_read_by_the_page_and_proved_one_by_one()
    {
        var built = Assert.IsType<DatasetBuilt>(await service.AnswerAsync("10.train.dataset", "labelled"));
        var members = $"/api/v1/datasets/{built.Dataset}/members";

        var page = (await service.AskAsync($"{members}?cursor=1")).Is(HttpStatusCode.OK).Json;
        var item = Assert.Single(page.GetProperty("items").EnumerateArray());
        var proof = (await service.AskAsync($"{members}/{item.GetProperty("trajectories")[0]}")).Is(HttpStatusCode.OK).Json;

        Assert.Equal((1, 1, 2), (item.GetProperty("index").GetInt32(), proof.GetProperty("index").GetInt32(), proof.GetProperty("size").GetInt32()));
        Assert.Equal(built.MembersRoot.ToString(), proof.GetProperty("root").GetString());
        Assert.Empty((await service.AskAsync($"{members}?cursor=2")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray());
        foreach (var nowhere in (int[])[-1, 3])
            Answer.AssertProblem(await service.AskAsync($"{members}?cursor={nowhere}"), HttpStatusCode.BadRequest, "cursor");
        Answer.AssertProblem(await service.AskAsync($"{members}/{Guid.NewGuid()}"), HttpStatusCode.NotFound, "unknown-member");
    }

    [Fact]
    public async Task Of_a_team_each_role_has_its_own_tokens_as_they_were_sampled_or_its_text_and_a_role_without_a_turn_is_none()
    {
        var all = Assert.IsType<DatasetBuilt>(await service.AnswerOfTeamAsync("7.train.dataset", null));
        var worker = Assert.IsType<DatasetBuilt>(await service.AnswerOfTeamAsync("8.train.dataset", "worker", new(InvalidWeight: 0.25)));

        // Two episodes of two roles, of which one never had its turn.
        Assert.Equal(new BalanceSheet(In: 4, Used: 3, Failed: 1), all.Balance);
        Assert.Equal(new BalanceSheet(In: 2, Used: 1, Failed: 1), worker.Balance);
        var lines = await service.LinesAsync<TokenSequence>(all);
        int[] text = PreferenceBuilderService.Tokenizer.Chat.Encode([ChatMessage.User("go on"), ChatMessage.Assistant("fly")]).Ids;
        Assert.Equal([[7, 8, 9, 10], text], lines.Take(2).Select(line => line.Ids));
        Assert.Equal("crew/train/1", lines[2].Task);
        var own = Assert.Single(await service.LinesAsync<TokenSequence>(worker));
        Assert.Equal(text, own.Ids);
        Assert.Equal([0.25], own.Weights!);
    }

    [Fact]
    public async Task A_role_that_there_is_not_fails_the_set()
    {
        var failed = Assert.IsType<DatasetFailed>(await service.AnswerAsync("9.train.dataset", "sft", role: "planner"));

        Assert.Equal("The data set asks for the role 'planner', and maze has one agent and no roles.", failed.Reason);
    }

    [Fact]
    public async Task Labels_of_one_side_are_a_failure_with_the_sheet()
    {
        var failed = Assert.IsType<DatasetFailed>(await service.AnswerAsync("4.train.dataset", "labelled", successesOnly: true));

        Assert.Contains("1 desirable and 0 undesirable", failed.Reason, StringComparison.Ordinal);
        Assert.Equal(new BalanceSheet(In: 2, Used: 1, Filtered: 1), failed.Balance);
    }

    [Theory]
    [InlineData("contrast")]
    [InlineData("steps")]
    [InlineData("both")]
    public async Task Pairs_of_tasks_that_are_ties_only_are_a_failure_with_the_sheet(string strategy)
    {
        var failed = Assert.IsType<DatasetFailed>(await service.AnswerOfTiesAsync($"11.pair.{strategy}", strategy));

        Assert.Equal("The data set is empty: of 4 trajectories or roles of them 0 were not accepted, 4 tied, 0 duplicate, 0 too long, 0 failed, 0 withdrawn.", failed.Reason);
        Assert.Equal(new BalanceSheet(In: 4, Used: 0, Tied: 4), failed.Balance);
    }

    [Fact]
    public async Task Pairs_by_people_are_what_they_preferred_and_without_a_reviewer_what_he_compared_is_left_out()
    {
        var built = Assert.IsType<DatasetBuilt>(await service.PairsAsync("7.pair", Preference.First));
        var pair = (await service.LinesAsync<PreferencePair>(built)).Single();
        Assert.Equal(("maze/train/1", "maze/train/0"), (pair.Chosen.Task, pair.Rejected.Task));
        Assert.Equal(new BalanceSheet(In: 1, Used: 1), built.Balance);
        Assert.Contains(Reference.To(ReferenceKind.Judgement, built.Work.Comparison!.Value), built.Inputs);

        var failed = Assert.IsType<DatasetFailed>(await service.PairsAsync("8.pair", Preference.First, "ada"));
        Assert.Equal(new BalanceSheet(In: 1, Used: 0, Withdrawn: 1), failed.Balance);
        Assert.StartsWith("The data set is empty: of 1 compared pairs", failed.Reason, StringComparison.Ordinal);
        Assert.IsType<DatasetBuilt>(await service.PairsAsync("9.pair", Preference.First, "grace"));
    }

    [Fact]
    public async Task Demonstrations_take_failures_and_invalid_turns_as_they_were_asked_for()
    {
        var plain = await service.LinesAsync<TokenSequence>(Assert.IsType<DatasetBuilt>(await service.AnswerAsync("5.train.dataset", "sft")));
        var asked = await service.LinesAsync<TokenSequence>(Assert.IsType<DatasetBuilt>(await service.AnswerAsync("6.train.dataset", "sft", new("marked", 0.25))));

        Assert.Equal(["maze/train/0"], plain.Select(line => line.Task));
        Assert.Equal(["maze/train/0", "maze/train/1"], asked.Select(line => line.Task));
        // The accepted one is as it was, but for the weight of its second turn; the rejected one begins with the mark.
        Assert.Equal(plain[0].Ids, asked[0].Ids);
        Assert.Null(plain[0].Weights);
        Assert.Equal([1, 0.25], asked[0].Weights!);
        int[] mark = [ChatTokens.User, .. PreferenceBuilderService.Tokenizer.EncodeText(MarkedFailure.Text)];
        Assert.Equal(mark, asked[1].Ids[..mark.Length]);
        Assert.Null(asked[1].Weights);
    }
}
