using System.Text.Json;
using AgentOps.Agents;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Models;

namespace AgentOps.Generator.Tests;

public sealed class when_a_team_plays
{
    private static readonly BpeTokenizer Tokenizer = BpeTokenizer.Train(["find mug", "put it in shelf 1", "The worker holds nothing."], 280, ChatTemplate.SpecialTokens);
    private static readonly int[] Report = [.. Tokenizer.EncodeText("report"), ChatTemplate.End];
    private static readonly string Turn = JsonSerializer.Serialize(new { choices = new[] { new { token_ids = Report, logprobs = new { content = Report.Select(_ => new { logprob = -0.5 }) } } } });

    [Fact]
    public async Task A_member_is_told_what_its_role_is_told_and_its_prompt_extends_what_it_sampled_itself()
    {
        using var serving = new AnsweringServing((System.Net.HttpStatusCode.OK, Turn));
        using var client = serving.Client();
        using var outage = new CancellationTokenSource();
        // The planner is the expert, who finds that the worker holds nothing and orders the same again; the worker reports at once.
        var team = new TeamPolicy(new Dictionary<string, IPolicy> { [Crew.Planner] = new ExpertPolicy(), [Crew.Worker] = new ServedPolicy(client, Digest.Of("model"u8), Tokenizer, 1, outage) });

        var episode = await Episode.PlayAsync(Crew.Info, new("crew", Split.Train, 1), team, 1);

        Assert.Equal(Agents.EpisodeOutcome.Truncated, episode.Outcome);
        var (prompts, seeds) = (serving.Asked.Select(asked => Of(asked).GetProperty("prompt_token_ids").EnumerateArray().Select(id => id.GetInt32()).ToArray()).ToList(), serving.Asked.Select(asked => Of(asked).GetProperty("seed").GetInt64()).ToList());
        Assert.Equal(episode.Turns.Count / 2, prompts.Count);
        Assert.Distinct(seeds);
        // Twenty prompts, each its own turns alone: the first of the room and the order, then of its answers and the orders between them.
        var messages = new List<ChatMessage>();
        foreach (var (turn, prompt) in episode.Turns.Where(turn => turn.Role == Crew.Worker).Zip(prompts))
        {
            messages.Add(ChatMessage.User(turn.Observation));
            Assert.Equal(ChatTemplate.Prompt(Tokenizer, messages), prompt);
            messages.Add(ChatMessage.Sampled(turn.Action, turn.Sampled!.TokenIds));
        }
        var tokens = Assert.Single(Tokens.Of(episode, Crew.Info.Roles));
        Assert.Equal((Crew.Worker, prompts.Count), (tokens.Role, tokens.Tokens.Trained.Length));
    }

    [Fact]
    public async Task What_breaks_Serving_under_a_member_is_no_failure_of_the_episode()
    {
        using var serving = new AnsweringServing(AnsweringServing.Refusal(System.Net.HttpStatusCode.ServiceUnavailable, "models_busy", "Try again later."));
        using var client = serving.Client();
        using var outage = new CancellationTokenSource();
        var member = new ServedPolicy(client, Digest.Of("model"u8), Tokenizer, 1, outage);

        await Assert.ThrowsAsync<OperationCanceledException>(() => Episode.PlayAsync(Crew.Info, new("crew", Split.Train, 1),
            new TeamPolicy(new Dictionary<string, IPolicy> { [Crew.Planner] = member, [Crew.Worker] = new ExpertPolicy() }), 1, outage.Token));
        Assert.IsType<HttpRequestException>(member.Broken);
    }

    private static JsonElement Of(string asked) => JsonDocument.Parse(asked).RootElement;
}
