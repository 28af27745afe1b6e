using System.Text.Json;
using AgentOps.Agents;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Models;

namespace AgentOps.Generator.Tests;

public sealed class when_a_team_plays
{
    private static readonly BpeTokenizer Tokenizer = BpeTokenizer.Train(["find mug", "put it in shelf 1", "The worker holds nothing."], 280, ChatTokens.All);
    private static readonly int[] Report = [.. Tokenizer.EncodeText("report"), ChatTokens.End];
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
            Assert.Equal(Tokenizer.Chat.Prompt(messages), prompt);
            messages.Add(ChatMessage.Sampled(turn.Action, turn.Sampled!.TokenIds));
        }
        var tokens = Assert.Single(Tokens.Of(episode, Crew.Info.Roles));
        Assert.Equal((Crew.Worker, prompts.Count), (tokens.Role, tokens.Tokens.Trained.Length));
    }

    [Fact]
    public async Task Each_role_that_a_model_played_has_its_slice_and_a_scripted_one_has_none()
    {
        var played = await PlayedAsync(new(PolicyKind.Model, Digest.Of("model"u8)), new(PolicyKind.Expert), (System.Net.HttpStatusCode.OK, Turn));

        // A planner that reports is not understood, and asked again until the turns are over.
        var trajectory = Assert.Single(played);
        Assert.Null(trajectory.Tokens);
        Assert.Equal(["planner"], trajectory.RoleTokens!.Keys);
        Assert.All(trajectory.Turns, turn => Assert.Equal((Crew.Planner, true), (turn.Role, turn.Invalid)));
    }

    [Fact]
    public async Task What_breaks_Serving_under_a_member_is_no_failure_of_the_episode_and_nothing_is_recorded() => await Assert.ThrowsAsync<HttpRequestException>(() =>
        PlayedAsync(new(PolicyKind.Model, Digest.Of("model"u8)), new(PolicyKind.Expert), AnsweringServing.Refusal(System.Net.HttpStatusCode.ServiceUnavailable, "models_busy", "Try again later.")));

    /// <summary>One episode as a shard records it.</summary>
    /// <param name="planner">A model's digest stands for whichever model there is.</param>
    private static async Task<IReadOnlyList<TrajectoryRecorded>> PlayedAsync(PolicyReference planner, PolicyReference worker, params (System.Net.HttpStatusCode, string)[] answers)
    {
        var folder = Directory.CreateTempSubdirectory("generator-tests-");
        try
        {
            var store = new ArtifactStore(Path.Combine(folder.FullName, "artifacts"));
            Tokenizer.Save(Path.Combine(folder.CreateSubdirectory("model").FullName, "tokenizer.json"));
            var model = await store.PutFolderAsync(Path.Combine(folder.FullName, "model"));
            using var serving = new AnsweringServing(answers);
            var work = new GenerateWork("crew", PolicyReference.Team([new(Crew.Planner, planner with { Model = model }), new(Crew.Worker, worker)]), "train", 1, 1, 1, 1, 7);
            var step = new StepKey(RunId.Create(), "1.generate", 1);
            var generation = Generation.Evolve(null, new GenerationPlanned(GenerationId.Of(step.Run, step.Path, "team"), step, null, work, 1));
            return await new ShardPlayer(new(store, new OneClient(serving)), store, new(Path.Combine(folder.FullName, "keys"))).PlayAsync(generation, new(generation.Id, 0, 0, 1), default);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private sealed class OneClient(AnsweringServing serving) : IHttpClientFactory
    {
        public HttpClient CreateClient(string name) => new(serving, disposeHandler: false) { BaseAddress = new Uri("http://serving") };
    }

    private static JsonElement Of(string asked) => JsonDocument.Parse(asked).RootElement;
}
