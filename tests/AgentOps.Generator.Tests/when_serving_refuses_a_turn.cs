using System.Net;
using AgentOps.Agents;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Models;

namespace AgentOps.Generator.Tests;

public sealed class when_serving_refuses_a_turn
{
    private static readonly Digest Model = Digest.Of("model"u8);
    private static readonly BpeTokenizer Tokenizer = BpeTokenizer.Train(["go north", "go south"], 280, ChatTokens.All);

    [Fact]
    public async Task A_model_whose_context_is_full_is_cut_off_as_by_the_turn_limit()
    {
        var (episode, broken) = await PlayedAsync(AnsweringServing.Turn, AnsweringServing.Turn, AnsweringServing.Refusal(HttpStatusCode.BadRequest, "context_length_exceeded", "The context holds 64 tokens."));

        Assert.Null(broken);
        Assert.Equal((Agents.EpisodeOutcome.Truncated, 0.0, 2), (episode?.Outcome, episode?.Reward, episode?.Turns.Count));
        Assert.Equal("Turn 3 of maze/train/0 was not played: The context holds 64 tokens.", episode?.Failure);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, "invalid_value", "temperature must lie between 0 and 2, not 3.")]
    [InlineData(HttpStatusCode.UnprocessableEntity, "model_broken", "The weights are corrupt.")]
    public async Task Any_other_refusal_is_the_end_of_the_whole_generation(HttpStatusCode status, string code, string said)
    {
        var (episode, broken) = await PlayedAsync(AnsweringServing.Turn, AnsweringServing.Refusal(status, code, said));

        Assert.Null(episode);
        Assert.Equal($"Serving does not play {Model}: {said}", Assert.IsType<PolicyUnusableException>(broken).Message);
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable, "models_busy")]
    [InlineData(HttpStatusCode.TooManyRequests, "queue_full")]
    public async Task A_busy_Serving_is_asked_again_later(HttpStatusCode status, string code)
    {
        var (episode, broken) = await PlayedAsync(AnsweringServing.Refusal(status, code, "Try again later."));

        Assert.Null(episode);
        Assert.IsType<HttpRequestException>(broken);
    }

    /// <summary>One episode, or what broke its policy.</summary>
    private static async Task<(Transcript? Episode, Exception? Broken)> PlayedAsync(params (HttpStatusCode, string)[] answers)
    {
        using var serving = new AnsweringServing(answers);
        using var client = serving.Client();
        using var outage = new CancellationTokenSource();
        var policy = new ServedPolicy(client, Model, Tokenizer, temperature: 1, outage);
        try
        {
            return (await Episode.PlayAsync(Catalogue.Find("maze"), TaskId.Parse("maze/train/0"), policy, 1, outage.Token), policy.Broken);
        }
        catch (OperationCanceledException)
        {
            return (null, policy.Broken);
        }
    }
}
