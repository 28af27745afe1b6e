using System.Text.Json.Nodes;
using AgentOps.Models;

namespace AgentOps.Serving.Tests;

public sealed class ChatAnswerTests
{
    [Fact]
    public async Task A_plain_answer_carries_text_ids_log_probabilities_usage_and_digest()
    {
        await using var serving = await ServingUnderTest.StartAsync();
        using var response = await serving.PostAsync(serving.Question());
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        var choice = answer["choices"]![0]!;
        int[] ids = [.. choice["token_ids"]!.AsArray().Select(id => (int)id!)];
        Assert.Equal("chat.completion", (string)answer["object"]!);
        Assert.Equal(serving.Model.ToString(), (string)answer["system_fingerprint"]!);
        Assert.Equal(serving.Model.ToString(), Assert.Single(response.Headers.GetValues(ChatCompletions.DigestHeader)));
        Assert.Equal("assistant", (string)choice["message"]!["role"]!);
        Assert.Equal(TinyModels.Tokenizer.Decode(ids, skipSpecial: true), (string)choice["message"]!["content"]!);
        Assert.Equal(ids.Select(id => TinyModels.Tokenizer.Decode([id])), choice["logprobs"]!["content"]!.AsArray().Select(t => (string)t!["token"]!));
        Assert.All(choice["logprobs"]!["content"]!.AsArray(), t => Assert.InRange((float)t!["logprob"]!, -50, 0));
        Assert.Equal(answer["prompt_token_ids"]!.AsArray().Count, (int)answer["usage"]!["prompt_tokens"]!);
        Assert.Equal(ids.Length, (int)answer["usage"]!["completion_tokens"]!);
        Assert.Equal(ids[^1] == ChatTokens.End ? "stop" : "length", (string)choice["finish_reason"]!);
    }

    [Fact]
    public async Task Messages_and_their_ids_get_the_same_answer()
    {
        await using var serving = await ServingUnderTest.StartAsync();
        var byText = await serving.AskAsync(serving.Question("open the drawer 1"));
        var question = serving.Question();
        question.Remove("messages");
        question["prompt_token_ids"] = new JsonArray([.. TinyModels.Tokenizer.Chat.Prompt([ChatMessage.User("open the drawer 1")]).Select(id => (JsonNode)id)]);
        var byIds = await serving.AskAsync(question);
        Assert.Equal(byText["choices"]!.ToJsonString(), byIds["choices"]!.ToJsonString());
        Assert.Equal(byText["prompt_token_ids"]!.ToJsonString(), byIds["prompt_token_ids"]!.ToJsonString());
    }

    [Fact]
    public async Task Content_in_parts_and_system_messages_are_understood()
    {
        await using var serving = await ServingUnderTest.StartAsync();
        var question = serving.Question();
        question["messages"] = JsonNode.Parse("""[{"role":"system","content":"be brief"},{"role":"user","content":[{"type":"text","text":"go "},{"type":"text","text":"north"}]},{"role":"assistant","content":"ok"},{"role":"user","content":"on"}]""");
        var answer = await serving.AskAsync(question);
        var expected = TinyModels.Tokenizer.Chat.Prompt([ChatMessage.System("be brief"), ChatMessage.User("go north"), ChatMessage.Assistant("ok"), ChatMessage.User("on")]);
        Assert.Equal(expected, answer["prompt_token_ids"]!.AsArray().Select(id => (int)id!));
    }

    [Fact]
    public async Task A_streamed_answer_is_the_plain_one_in_pieces()
    {
        await using var serving = await ServingUnderTest.StartAsync();
        var plain = await serving.AskAsync(serving.Question());
        var question = serving.Question();
        question["stream_options"] = new JsonObject { ["include_usage"] = true };
        var pieces = await serving.StreamAsync(question);
        var choices = pieces.SkipLast(1).Select(p => p["choices"]![0]!).ToList();
        Assert.All(pieces, p => Assert.Equal("chat.completion.chunk", (string)p["object"]!));
        Assert.Equal("assistant", (string)choices[0]["delta"]!["role"]!);
        Assert.Equal((string)plain["choices"]![0]!["message"]!["content"]!, string.Concat(choices.Select(c => (string?)c["delta"]!["content"])));
        Assert.Equal(
            plain["choices"]![0]!["token_ids"]!.ToJsonString(),
            $"[{string.Join(',', choices.Where(c => c["token_ids"] is not null).SelectMany(c => c["token_ids"]!.AsArray()).Select(id => (int)id!))}]");
        Assert.Equal(
            plain["choices"]![0]!["logprobs"]!["content"]!.AsArray().Select(t => t!.ToJsonString()),
            choices.Where(c => c["logprobs"] is not null).SelectMany(c => c["logprobs"]!["content"]!.AsArray()).Select(t => t!.ToJsonString()));
        Assert.All(choices.SkipLast(1), c => Assert.Null(c["finish_reason"]));
        Assert.Equal((string)plain["choices"]![0]!["finish_reason"]!, (string)choices[^1]["finish_reason"]!);
        Assert.Equal((int)plain["usage"]!["total_tokens"]!, (int)pieces[^1]["usage"]!["total_tokens"]!);
        // The same prompt a second time: all but its last token was computed before.
        Assert.Equal((int)plain["usage"]!["prompt_tokens"]! - 1, (int)pieces[^1]["usage"]!["prompt_tokens_details"]!["cached_tokens"]!);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stop_text_ends_the_answer_and_is_not_part_of_it(bool streamed)
    {
        await using var serving = await ServingUnderTest.StartAsync();
        var free = (string)(await serving.AskAsync(serving.Question()))["choices"]![0]!["message"]!["content"]!;
        var stop = free.Substring(free.Length / 2, 3);
        var question = serving.Question();
        question["stop"] = new JsonArray("never said", stop);
        var choices = streamed
            ? (await serving.StreamAsync(question)).Select(p => p["choices"]![0]!).ToList()
            : [(await serving.AskAsync(question))["choices"]![0]!];
        var text = streamed ? string.Concat(choices.Select(c => (string?)c["delta"]!["content"])) : (string)choices[0]["message"]!["content"]!;
        Assert.Equal(free[..free.IndexOf(stop, StringComparison.Ordinal)], text);
        Assert.Equal("stop", (string)choices[^1]["finish_reason"]!);
    }

    [Fact]
    public async Task The_end_token_ends_the_answer_and_stands_in_its_ids_but_not_in_its_text()
    {
        await using var serving = await ServingUnderTest.StartAsync();
        for (var seed = 0; ; seed++)
        {
            var question = serving.Question();
            (question["seed"], question["max_tokens"]) = (seed, 500);
            var choice = (await serving.AskAsync(question))["choices"]![0]!;
            if ((string)choice["finish_reason"]! == "length")
                continue;
            Assert.Equal(ChatTokens.End, (int)choice["token_ids"]!.AsArray()[^1]!);
            Assert.DoesNotContain(ChatTokens.EndToken, (string)choice["message"]!["content"]!, StringComparison.Ordinal);
            return;
        }
    }

    [Fact]
    public async Task Thirty_two_at_once_get_what_each_gets_alone()
    {
        await using var serving = await ServingUnderTest.StartAsync();
        JsonObject[] questions = [.. Enumerable.Range(0, 32).Select(i =>
        {
            var question = serving.Question($"take the apple {i} from the table {i * i}");
            (question["seed"], question["top_logprobs"], question["stream"]) = (i, 2, false);
            return question;
        })];
        var together = await Task.WhenAll(questions.Select(q => serving.AskAsync(q.DeepClone())));
        foreach (var (question, answer) in questions.Zip(together))
            Assert.Equal((await serving.AskAsync(question))["choices"]!.ToJsonString(), answer["choices"]!.ToJsonString());
    }

    [Fact]
    public async Task Names_lead_to_digests_and_are_listed()
    {
        await using var serving = await ServingUnderTest.StartAsync();
        serving.Names["household"] = serving.Model;
        serving.Names["household-agent@production"] = serving.Model;
        foreach (var name in serving.Names.Keys)
        {
            var question = serving.Question();
            question["model"] = name;
            var answer = await serving.AskAsync(question);
            Assert.Equal(name, (string)answer["model"]!);
            Assert.Equal(serving.Model.ToString(), (string)answer["system_fingerprint"]!);
        }
        var list = JsonNode.Parse(await serving.Client.GetStringAsync(new Uri("/v1/models", UriKind.Relative)))!;
        Assert.Equal("list", (string)list["object"]!);
        Assert.Equal(["household", "household-agent@production", serving.Model.ToString()], list["data"]!.AsArray().Select(m => (string)m!["id"]!));
        Assert.All(list["data"]!.AsArray(), m => Assert.Equal(serving.Model.ToString(), (string)m!["root"]!));
    }

    [Fact]
    public async Task No_libtorch_is_mapped_into_the_process_that_answers()
    {
        await using var serving = await ServingUnderTest.StartAsync();
        await serving.AskAsync(serving.Question());
        Assert.DoesNotContain("torch", await File.ReadAllTextAsync("/proc/self/maps"), StringComparison.OrdinalIgnoreCase);
    }
}
