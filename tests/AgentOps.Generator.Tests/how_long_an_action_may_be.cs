using System.Net;
using System.Text.Json;
using AgentOps.Agents;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Models;

namespace AgentOps.Generator.Tests;

public sealed class how_long_an_action_may_be
{
    private static readonly BpeTokenizer OfBytes = BpeTokenizer.Train([], 260, ChatTokens.All);

    public static TheoryData<string> Environments => [.. Catalogue.All.Where(environment => environment.Roles.Count == 0).Select(environment => environment.Name)];

    [Theory]
    [MemberData(nameof(Environments))]
    public async Task Whatever_is_understood_can_be_said_to_its_end_in_a_vocabulary_of_bytes(string environment)
    {
        for (var index = 0; index < 20; index++)
        {
            var task = TaskId.Parse($"{environment}/train/{index}");
            var admissible = Catalogue.Find(environment).Create().Reset(task).AdmissibleActions;

            Assert.True(await AskedForAsync(task, OfBytes) > admissible.Max(action => OfBytes.EncodeText(action).Length), $"The longest action of {task} is cut off.");
        }
    }

    [Fact]
    public async Task The_longest_is_the_one_of_most_tokens_and_not_of_most_letters()
    {
        var task = TaskId.Parse("household/train/0");
        var admissible = Catalogue.Find("household").Create().Reset(task).AdmissibleActions;
        // The action of most letters is one token, all others are spelled.
        var tokenizer = BpeTokenizer.Train([.. Enumerable.Repeat(admissible.MaxBy(action => action.Length)!, 9)], 400, ChatTokens.All);
        var most = admissible.Max(action => tokenizer.EncodeText(action).Length);
        Assert.True(most > tokenizer.EncodeText(admissible.MaxBy(action => action.Length)!).Length);

        Assert.True(await AskedForAsync(task, tokenizer) > most);
    }

    [Fact]
    public async Task In_a_vocabulary_of_words_it_is_twice_the_longest() =>
        Assert.Equal(24, await AskedForAsync(TaskId.Parse("maze/train/0"), BpeTokenizer.Train([.. Enumerable.Repeat("go north go south go east go west", 9)], 300, ChatTokens.All)));

    /// <summary>How many tokens a policy lets its model say in the first turn.</summary>
    private static async Task<int> AskedForAsync(TaskId task, BpeTokenizer tokenizer)
    {
        using var serving = new AnsweringServing(AnsweringServing.Refusal(HttpStatusCode.BadRequest, "context_length_exceeded", "Enough."));
        using var client = serving.Client();
        using var outage = new CancellationTokenSource();
        await Episode.PlayAsync(Catalogue.Find(task.Environment), task, new ServedPolicy(client, Digest.Of("model"u8), tokenizer, temperature: 0, outage), 1, outage.Token);
        return JsonDocument.Parse(serving.Asked[0]).RootElement.GetProperty("max_tokens").GetInt32();
    }
}
