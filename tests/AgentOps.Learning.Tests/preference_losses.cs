using AgentOps.Contracts;
using AgentOps.Learning.Preferences;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

public sealed class Preference_losses
{
    public static readonly TheoryData<string> Losses = [.. TrainingMethods.Losses];

    [Fact]
    public void Every_loss_that_a_pipeline_file_may_name_is_there_and_no_other() =>
        Assert.Equal(TrainingMethods.Losses.Order(StringComparer.Ordinal), PreferenceLoss.All.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void The_ipo_loss_is_the_square_of_the_distance_from_its_goal()
    {
        using var scope = NewDisposeScope();
        // β = 0.5, so the goal is h = 1/(2β) = 1 and the margins 1 and -1 are h = 2 and -2: (2-1)² = 1, (-2-1)² = 9.
        Tiny.Close([1f, 9f], Numbers.Of(Ipo.Costs(Row(1, -1), 0.5)), 1e-6);
    }

    [Fact]
    public void The_hinge_costs_nothing_from_a_margin_of_one_on()
    {
        using var scope = NewDisposeScope();
        // 1 - 0.25 = 0.75, 1 - (-1) = 2.
        Tiny.Close([0f, 0f, 0.75f, 2f], Numbers.Of(Hinge.Costs(Row(3, 1, 0.25f, -1))), 1e-6);
    }

    [Fact]
    public void The_robust_loss_over_pairs_of_which_some_are_flipped_is_dpos_over_those_as_they_should_be()
    {
        using var scope = NewDisposeScope();
        // -ln σ(1) = 0.313262, -ln σ(-1) = 1.313262. (0.9 · 0.313262 - 0.1 · 1.313262) / 0.8 = 0.188262; (0.9 · 1.313262 - 0.1 · 0.313262) / 0.8 = 1.438262.
        var costs = Numbers.Of(RobustDpo.Costs(Row(1, -1), 0.1));

        Tiny.Close([0.188262f, 1.438262f], costs, 1e-5);
        // Nine of ten pairs of margin 1 stand as they should, one is flipped and has the margin -1.
        Assert.Equal(0.313262, 0.9 * costs[0] + 0.1 * costs[1], 5);
    }

    [Fact]
    public void Simpo_asks_for_a_lead_of_gamma()
    {
        using var scope = NewDisposeScope();
        // -ln σ(1 - 1) = ln 2 = 0.693147; -ln σ(-1 - 1) = ln(1 + e²) = 2.126928.
        Tiny.Close([0.693147f, 2.126928f], Numbers.Of(SimPo.Costs(Row(1, -1), 1)), 1e-5);
    }

    [Fact]
    public void Under_simpo_a_trajectory_scores_by_its_mean_token_whatever_its_length()
    {
        using var scope = NewDisposeScope();
        // (-1 - 3) / 2 = -2, and (-1 - 3 - 1 - 3) / 4 = -2.
        var (shorter, longer) = (Tiny.Sequence([4, 5, 6], [1, 2]), Tiny.Sequence([4, 5, 6, 7, 8, 9], [1, 2], [4, 2]));

        Tiny.Close([-2f, -2f], Numbers.Of(TrajectoryScores.Of(Row(-1, -3, -1, -3, -1, -3), [shorter, longer], SimPo.Weights)), 1e-6);
    }

    [Fact]
    public void Dmpos_weights_are_those_of_the_authors_code()
    {
        // γ = 1/2, T = 3: (1 - 1/8)/(7/8) = 1, (1/2 - 1/8)/(7/8) = 3/7, (1/4 - 1/8)/(7/8) = 1/7.
        Assert.Equal([1, 0.428571, 0.142857], Phi(0.5));
        // γ → 0 is single-turn DPO, γ → 1 gives (T-t)/T; the limits themselves and what comes close to them.
        Assert.Equal([1, 0, 0], Phi(0));
        Assert.Equal([1, 0, 0], Phi(1e-9));
        Assert.Equal([1, 0.666667, 0.333333], Phi(1));
        Assert.Equal([1, 0.666667, 0.333333], Phi(1 - 1e-9));
    }

    [Fact]
    public void Dmpo_weighs_every_token_of_a_turn_alike_and_each_trajectory_by_its_own_turns()
    {
        using var scope = NewDisposeScope();
        // One turn: φ(0,1) = 1. Two turns with γ = 1/2: φ(0,2) = 1, φ(1,2) = (1/2 - 1/4)/(3/4) = 1/3.
        var (one, two) = (Tiny.Sequence([4, 5, 6], [1, 2]), Tiny.Sequence([4, 5, 6, 7, 8, 9], [1, 1], [3, 3]));
        var scores = TrajectoryScores.Of(Row(-1, -2, -1, -3, -6, -9), [one, two], sequence => Dmpo.Weights(sequence, 0.5));

        // -1 - 2 = -3; -1 - (3 + 6 + 9)/3 = -7.
        Tiny.Close([-3f, -7f], Numbers.Of(scores), 1e-6);
    }

    [Fact]
    public void A_turn_that_counts_nothing_cannot_leak_into_a_score()
    {
        using var scope = NewDisposeScope();
        // With γ = 0 the first turn alone counts, and the second is impossible.
        var row = Tiny.Sequence([4, 5, 6, 7, 8], [1, 1], [3, 2]);
        var loss = PreferenceLoss.From(new TrainOptions(Loss: "dmpo", Discount: 0));

        Assert.Equal([-0.5f], Numbers.Of(TrajectoryScores.Of(tensor(new[] { -0.5f, float.NegativeInfinity, -1 }, [3]), [row], loss.Weights)));
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void The_gradient_of_a_loss_is_that_of_finite_differences(string name)
    {
        using var scope = NewDisposeScope();
        var loss = PreferenceLoss.From(new TrainOptions(Loss: name));
        TokenSequence[] rows = [Tiny.Sequence([4, 5, 6, 7, 8], [1, 1], [3, 2]), Tiny.Sequence([4, 5, 6], [1, 2]), Tiny.Sequence([4, 5, 6, 7], [2, 2]), Tiny.Sequence([4, 5, 6, 7], [1, 1], [3, 1])];
        double[] logp = [-0.3, -1.1, -0.7, -2.1, -0.2, -0.9, -1.6, -0.4, -1.3];
        Tensor Loss(Tensor values)
        {
            var scores = TrajectoryScores.Of(values, rows, loss.Weights);
            var reference = tensor(new[] { -2.0, -1.5, -2.4, -1.0 }, [4]);
            var margins = Dpo.Margins(scores.narrow(0, 0, 2), scores.narrow(0, 2, 2), reference.narrow(0, 0, 2), reference.narrow(0, 2, 2), 0.4);
            return loss.Costs(margins, 0.4).mean();
        }

        FiniteDifferences.Agree(Loss, logp);
    }

    [Theory]
    [InlineData("sigmoid", 0.693147)]
    [InlineData("ipo", 25)]
    [InlineData("hinge", 1)]
    [InlineData("robust", 0.693147)]
    [InlineData("dmpo", 0.693147)]
    public void At_the_reference_every_margin_is_zero(string name, double expected)
    {
        // -ln σ(0) = ln 2; (0 - 1/(2 · 0.1))² = 25; 1 - 0 = 1; ((1-ε) - ε) ln 2 / (1-2ε) = ln 2.
        using var state = Tiny.State();
        var options = Dpo.Options.From(new TrainOptions(Loss: name));

        Assert.Equal(expected, Dpo.Train(state, Tiny.Pairs(6), options, seed: 1).First().Metrics["preferenceLoss"], 4);
    }

    [Fact]
    public void Simpo_keeps_no_reference_and_has_a_beta_of_its_own()
    {
        using var state = Tiny.State();
        var options = Dpo.Options.From(new TrainOptions(Loss: "simpo"));

        Assert.Equal(2, options.Beta);
        Assert.NotEmpty(Dpo.Train(state, Tiny.Pairs(6), options, seed: 1));
        Assert.Empty(state.Kept);
    }

    private static double[] Phi(double discount) => [.. Enumerable.Range(0, 3).Select(turn => Math.Round(Dmpo.Weight(turn, 3, discount), 6))];

    private static Tensor Row(params float[] values) => tensor(values, [values.Length]);
}
