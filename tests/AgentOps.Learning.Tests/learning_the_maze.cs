using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Models;
using AgentOps.Models.Decoding;

namespace AgentOps.Learning.Tests;

/// <summary>The whole way in small: a tokenizer from the environment's text, a random network, expert trajectories, episodes on tasks it has not seen.</summary>
public sealed class Learning_the_maze
{
    private const int Experts = 400;
    private const int HeldOut = 60;
    private const int MostAnswerTokens = 8;

    /// <summary>The random policy solves at most 15 % (the environment's own ceiling); 40 % of 60 tasks is far outside its 95 % interval.</summary>
    private const double Bar = 0.4;

    [Fact]
    public async Task Supervised_on_its_experts_a_small_model_solves_held_out_mazes()
    {
        using var state = new TrainingState(ScratchBase.Create([Maze.Info], new ScratchModel(Layers: 2, Width: 64, Heads: 2, Vocabulary: 320, Context: 512), seed: 1));
        var tokenizer = state.Policy.Tokenizer;
        TokenSequence[] experts = [.. Enumerable.Range(0, Experts).Select(index => Expert(tokenizer, new TaskId(Maze.Info.Name, Split.Train, index)))];
        foreach (var _ in Sft.Train(state, experts, new Sft.Options(Tokens: 400_000, LearningRate: 3e-3), seed: 1)) ;

        await using var engine = new DecodingEngine(DecoderModel.Create(state.Policy.Snapshot()), new EngineOptions { Threads = 1 });
        var played = await Task.WhenAll(Enumerable.Range(0, HeldOut).Select(index => SolvesAsync(engine, tokenizer, new TaskId(Maze.Info.Name, Split.Dev, index))));

        var solved = played.Count(solved => solved);
        Assert.True(solved >= Bar * HeldOut, $"{solved} of {HeldOut} held-out mazes are solved.");
    }

    private static TokenSequence Expert(BpeTokenizer tokenizer, TaskId task)
    {
        var messages = new List<ChatMessage>();
        var world = Maze.Info.Create();
        var outcome = new Outcome(world.Reset(task), 0, Done: false, Invalid: false);
        while (!outcome.Done)
        {
            messages.Add(ChatMessage.User(outcome.Observation.Text));
            messages.Add(ChatMessage.Assistant(world.ExpertAction()));
            outcome = world.Step(messages[^1].Content);
        }
        var encoded = tokenizer.Chat.Encode(messages);
        return Tiny.Sequence(encoded.Ids, encoded.Spans());
    }

    private static async Task<bool> SolvesAsync(DecodingEngine engine, BpeTokenizer tokenizer, TaskId task)
    {
        var messages = new List<ChatMessage>();
        var world = Maze.Info.Create();
        var outcome = new Outcome(world.Reset(task), 0, Done: false, Invalid: false);
        for (var turn = 0; turn < Maze.Info.MaxTurns && !outcome.Done; turn++)
        {
            messages.Add(ChatMessage.User(outcome.Observation.Text));
            var answer = await engine.DecodeWholeAsync(
                new DecodeRequest(tokenizer.Chat.Prompt(messages), MostAnswerTokens, Temperature: 0, StopTokens: [ChatTokens.End]), CancellationToken.None);
            int[] ids = [.. answer.Select(token => token.Id)];
            messages.Add(ChatMessage.Sampled(tokenizer.Decode(ids, skipSpecial: true), ids));
            outcome = world.Step(messages[^1].Content);
        }
        return outcome.Done;
    }
}
