using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Models;
using AgentOps.PreferenceBuilder;

namespace AgentOps.PreferenceBuilder.Tests;

public sealed class DataSetsAndTheirBalance
{
    private const int Context = 100;

    [Fact]
    public void Every_trajectory_of_a_demonstration_set_is_accounted_for()
    {
        Candidate[] candidates =
        [
            Of(task: 0, ids: [1, 2, 3]),
            Of(task: 1, ids: [1, 2, 3]),
            Of(task: 2, ids: [4], accepted: false),
            Of(task: 3, ids: new int[Context + 1]),
            Of(task: 4, ids: [], usable: false),
            Of(task: 5, ids: [7], reward: 0.5, successesOnly: true),
        ];

        var (samples, balance) = Demonstrations.Build(candidates, Context);

        Assert.Single(samples);
        Assert.Equal(new BalanceSheet(In: 6, Used: 1, Filtered: 2, Duplicate: 1, TooLong: 1, Failed: 1), balance);
    }

    [Fact]
    public void Every_trajectory_of_a_labelled_set_is_accounted_for()
    {
        Candidate[] candidates =
        [
            Of(task: 0, ids: [1, 2, 3]),
            Of(task: 1, ids: [1, 2, 3], accepted: false),
            Of(task: 2, ids: [4], reward: 0, accepted: false),
            Of(task: 3, ids: new int[Context + 1]),
            Of(task: 4, ids: [], usable: false),
            Of(task: 5, ids: [7], reward: 0.5, successesOnly: true),
        ];

        var (samples, balance) = LabelledTrajectories.Build(candidates, Context);

        // The same tokens with another verdict would pull both ways: the first of them stands.
        Assert.Equal([("maze/train/0", true), ("maze/train/2", false)], samples.Select(line => (line.Sample.Sequence.Task, line.Sample.Desirable)));
        Assert.Equal(new BalanceSheet(In: 6, Used: 2, Filtered: 1, Duplicate: 1, TooLong: 1, Failed: 1), balance);
        Assert.Null(LabelledTrajectories.Lacks(samples));
    }

    [Fact]
    public void Failures_are_demonstrations_only_where_they_are_asked_for()
    {
        Candidate[] candidates = [Of(task: 0, ids: [1]), Of(task: 1, ids: [2], reward: 0, accepted: false), Of(task: 2, ids: [], usable: false), Of(task: 3, ids: [4], reward: 0, successesOnly: true)];

        Assert.Equal(new BalanceSheet(In: 4, Used: 1, Filtered: 2, Failed: 1), Demonstrations.Build(candidates, Context).Balance);
        Assert.Equal(new BalanceSheet(In: 4, Used: 2, Filtered: 1, Failed: 1), Demonstrations.Build(candidates, Context, withFailures: true).Balance);
    }

    public static TheoryData<string[]> Specials => new((string[])[.. ChatTokens.All], ["<|im_start|>", "<|im_end|>"], ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]);

    [Theory]
    [MemberData(nameof(Specials))]
    public void A_marked_failure_has_its_mark_in_front_and_its_own_tokens_as_they_were(string[] specials)
    {
        var tokenizer = BpeTokenizer.Train(["go to the mug"], 300, specials);
        List<ChatMessage> said = [ChatMessage.User("You see a mug."), ChatMessage.Assistant("take mug"), ChatMessage.User("Nothing happens."), ChatMessage.Assistant("look")];
        var plain = tokenizer.Chat.Encode(said);
        TokenSequence sequence = new("maze/train/0", 0, plain.Ids, Spans(plain.LossMask));

        var marked = MarkedFailure.Of(sequence, tokenizer);

        // The same as the conversation with one message more in front.
        var expected = tokenizer.Chat.Encode([ChatMessage.User(MarkedFailure.Text), .. said]);
        Assert.Equal(expected.Ids, marked.Ids);
        Assert.Equal(Spans(expected.LossMask), marked.Trained);

        static int[][] Spans(bool[] mask) => [.. mask.Index().Where(at => at.Item && !mask[at.Index - 1]).Select(at => new[] { at.Index, mask.Skip(at.Index).TakeWhile(counts => counts).Count() })];
    }

    [Theory]
    [InlineData(0.25, new[] { 1, 3, 5 }, new[] { 1, 0.25, 1 })]
    [InlineData(0, new[] { 1, 5 }, null)]
    [InlineData(1, new[] { 1, 3, 5 }, null)]
    public void Turns_that_were_not_understood_count_less_or_carry_no_loss(double weight, int[] starts, double[]? weights)
    {
        TokenSequence sequence = new("maze/train/0", 0, [0, 1, 2, 3, 4, 5], [[1, 1], [3, 1], [5, 1]]);
        RecordedTurn[] turns = [new("you see", "go", false), new("you see", "fly", true), new("what?", "go", false)];

        var weighted = InvalidTurns.Weighted(sequence, turns, weight);

        Assert.Equal(sequence.Ids, weighted.Ids);
        Assert.Equal(starts, weighted.Trained.Select(span => span[0]));
        Assert.Equal(weights, weighted.Weights);
        Assert.Same(sequence, InvalidTurns.Weighted(sequence, [turns[0], turns[0], turns[2]], weight));
        Assert.Contains("2 turns, but its tokens have 3", Assert.Throws<FormatException>(() => InvalidTurns.Weighted(sequence, turns[..2], weight)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_labelled_set_needs_both_sides()
    {
        var accepted = LabelledTrajectories.Build([Of(task: 0, ids: [1]), Of(task: 1, ids: [2])], Context).Samples;
        var rejected = LabelledTrajectories.Build([Of(task: 0, ids: [1], accepted: false)], Context).Samples;

        Assert.Contains("2 desirable and 0 undesirable", LabelledTrajectories.Lacks(accepted), StringComparison.Ordinal);
        Assert.Contains("0 desirable and 1 undesirable", LabelledTrajectories.Lacks(rejected), StringComparison.Ordinal);
    }

    [Fact]
    public void The_order_of_a_set_is_by_task_and_sample_and_not_by_arrival()
    {
        var candidates = Enumerable.Range(0, 12).Select(i => Of(task: 11 - i, ids: [i])).ToArray();

        var tasks = Demonstrations.Build(candidates, Context).Samples.Select(s => s.Sample.Task).ToList();

        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"maze/train/{i}"), tasks);
    }

    [Fact]
    public void The_better_trajectory_of_a_task_is_chosen_whoever_played_it()
    {
        Candidate[] candidates =
        [
            Of(task: 0, ids: [1], source: 0, reward: 0),
            Of(task: 0, ids: [2], source: 1, reward: 1),
        ];

        var pair = Assert.Single(ContrastPairs.Build(candidates, Context).Pairs).Sample;

        Assert.Equal([2], pair.Chosen.Ids);
        Assert.Equal([1], pair.Rejected.Ids);
    }

    [Fact]
    public void What_the_judges_did_not_accept_is_never_the_chosen_side()
    {
        Candidate[] candidates =
        [
            Of(task: 0, ids: [1], source: 0, reward: 1, accepted: false),
            Of(task: 0, ids: [2], source: 1, sample: 0, reward: 1),
            Of(task: 0, ids: [3], source: 1, sample: 1, reward: 0, accepted: false),
            Of(task: 1, ids: [4], source: 0, reward: 1, accepted: false),
            Of(task: 1, ids: [5], source: 1, reward: 0, accepted: false),
        ];

        var (pairs, fates) = ContrastPairs.Build(candidates, Context);

        // Task 0: the accepted solution over the failure; the rejected solution is on neither side. Task 1: nothing to choose.
        Assert.Equal([([2], [3])], pairs.Select(p => (p.Sample.Chosen.Ids, p.Sample.Rejected.Ids)));
        Assert.Equal(new BalanceSheet(In: 5, Used: 2, Filtered: 3), fates.Sheet());
    }

    [Fact]
    public void Every_worse_sample_makes_a_pair_and_the_chosen_one_counts_once()
    {
        Candidate[] candidates =
        [
            Of(task: 0, ids: [1], source: 0, reward: 1),
            Of(task: 0, ids: [2], source: 1, sample: 0, reward: 0),
            Of(task: 0, ids: [3], source: 1, sample: 1, reward: 1),
            Of(task: 0, ids: [4], source: 1, sample: 2, reward: 0),
            Of(task: 1, ids: [5], source: 1, reward: 0),
            Of(task: 2, ids: [], source: 1, usable: false),
        ];

        var (pairs, fates) = ContrastPairs.Build(candidates, Context);

        Assert.Equal([([1], [2]), ([1], [4])], pairs.Select(p => (p.Sample.Chosen.Ids, p.Sample.Rejected.Ids)));
        Assert.Equal(new BalanceSheet(In: 6, Used: 3, Tied: 2, Failed: 1), fates.Sheet());
    }

    [Fact]
    public void A_rejected_trajectory_is_cut_to_five_turns_more_than_the_chosen_one()
    {
        // Eight turns of one observation id and one action id each: turn k ends at id 2k. The chosen one has one turn, so six are kept.
        var longer = Of(task: 0, ids: [.. Enumerable.Range(0, 16)], source: 1, reward: 0) is var c
            ? c with { Tokens = c.Tokens with { Trained = [.. Enumerable.Range(0, 8).Select(turn => new[] { 2 * turn + 1, 1 })] } }
            : null;

        var pair = Assert.Single(ContrastPairs.Build([Of(task: 0, ids: [90, 91], reward: 1), longer!], Context).Pairs).Sample;

        Assert.Equal(Enumerable.Range(0, 12), pair.Rejected.Ids);
        Assert.Equal(6, pair.Rejected.Trained.Length);
    }

    [Fact]
    public void A_set_of_nothing_but_ties_is_empty_and_its_sheet_closes()
    {
        var (pairs, fates) = ContrastPairs.Build([Of(task: 0, ids: [1]), Of(task: 0, ids: [2], source: 1), Of(task: 1, ids: [3])], Context);

        Assert.Empty(pairs);
        Assert.Equal(new BalanceSheet(In: 3, Used: 0, Tied: 3), fates.Sheet());
    }

    [Fact]
    public void Every_line_of_a_set_says_whose_it_is()
    {
        Candidate[] candidates = [Of(task: 0, ids: [1], source: 0), Of(task: 0, ids: [2], source: 1, reward: 0), Of(task: 1, ids: [3])];

        var samples = Demonstrations.Build(candidates, Context).Samples;
        var pair = Assert.Single(ContrastPairs.Build(candidates, Context).Pairs);

        Assert.Equal([TrajectoryOf(0, 0, 0), TrajectoryOf(0, 1, 0), TrajectoryOf(1, 0, 0)], samples.Select(line => Assert.Single(line.Members)));
        Assert.Equal([TrajectoryOf(0, 0, 0), TrajectoryOf(0, 1, 0)], pair.Members);
    }

    private static TrajectoryId TrajectoryOf(int task, int source, int sample) => TrajectoryId.From(NameBasedGuid.Of(task.ToString(), source.ToString(), sample.ToString()));

    private static Candidate Of(int task, int[] ids, int source = 0, int sample = 0, double reward = 1, bool usable = true, bool accepted = true, bool successesOnly = false)
    {
        var id = new TaskId("maze", Split.Train, task);
        TokenSequence tokens = new(id.ToString(), sample, ids, ids.Length > 1 ? [[1, ids.Length - 1]] : []);
        return new(TrajectoryOf(task, source, sample), source, successesOnly, id, sample, usable, accepted, Success.Of(EpisodeOutcome.Scored, reward), reward, tokens);
    }
}
