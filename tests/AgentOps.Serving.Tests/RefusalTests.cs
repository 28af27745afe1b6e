using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AgentOps.Artifacts.Tests;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Models.Decoding;

namespace AgentOps.Serving.Tests;

public sealed class RefusalTests
{
    private static async Task<(HttpStatusCode Status, JsonNode Error)> RefusedAsync(ServingUnderTest serving, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        // Asked first, the server refuses a body that is too large before it is sent, instead of breaking the connection under it.
        request.Headers.ExpectContinue = true;
        using var response = await serving.Client.SendAsync(request);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!);
    }

    private static string With(JsonObject question, string key, JsonNode? value)
    {
        question[key] = value;
        return question.ToJsonString();
    }

    [Theory]
    [InlineData("model", "null", "model is missing")]
    [InlineData("messages", "null", "either messages or prompt_token_ids")]
    [InlineData("messages", "[]", "messages are expected")]
    [InlineData("messages", "[null]", "Message 0 is null")]
    [InlineData("messages", """[{"role":"robot","content":"x"}]""", "role 'robot'")]
    [InlineData("messages", """[{"role":"user"}]""", "no content")]
    [InlineData("messages", """[{"role":"user","content":[{"type":"image_url"}]}]""", "only text")]
    [InlineData("messages", """[{"role":"assistant","content":"x"}]""", "user's")]
    [InlineData("messages", "7", "not the JSON")]
    [InlineData("prompt_token_ids", "[1]", "not both")]
    [InlineData("max_tokens", "0", "max_tokens")]
    [InlineData("max_tokens", "\"many\"", "not the JSON")]
    [InlineData("temperature", "2.1", "temperature must lie between 0 and 2")]
    [InlineData("top_p", "0", "top_p")]
    [InlineData("n", "2", "n must be 1")]
    [InlineData("stop", """["a","b","c","d","e"]""", "stop")]
    [InlineData("stop", "[3]", "stop")]
    [InlineData("top_logprobs", "21", "top_logprobs must lie between 0 and 20")]
    [InlineData("tools", """[{"type":"function"}]""", "tools are not supported")]
    [InlineData("response_format", """{"type":"json_object"}""", "response_format")]
    [InlineData("frequency_penalty", "1", "not supported")]
    [InlineData("logit_bias", """{"3":1}""", "not supported")]
    public async Task A_wrong_request_is_refused_with_a_sentence(string key, string value, string said)
    {
        await using var serving = await ServingUnderTest.StartAsync();
        var (status, error) = await RefusedAsync(serving, With(serving.Question(), key, JsonNode.Parse(value)));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(said, (string)error["message"]!, StringComparison.Ordinal);
        Assert.Equal("invalid_request_error", (string)error["type"]!);
    }

    [Fact]
    public async Task What_is_not_json_too_deep_or_too_large_is_refused()
    {
        await using var serving = await ServingUnderTest.StartAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await RefusedAsync(serving, "{")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await RefusedAsync(serving, "null")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await RefusedAsync(serving, "{\"messages\":" + new string('[', 100_000) + "}")).Status);
        var (status, error) = await RefusedAsync(serving, With(serving.Question(), "padding", new string('x', BodyLimits.Chat)));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
        Assert.Equal("body_too_large", (string)error["code"]!);
    }

    [Fact]
    public async Task Ids_beyond_the_vocabulary_are_refused()
    {
        await using var serving = await ServingUnderTest.StartAsync();
        var question = serving.Question();
        question.Remove("messages");
        var (status, error) = await RefusedAsync(serving, With(question, "prompt_token_ids", new JsonArray(5, 100_000)));
        Assert.Equal((HttpStatusCode.BadRequest, true), (status, ((string)error["message"]!).Contains("token 100000 does not exist", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(3000, 1)]
    [InlineData(5, TinyModels.Context)]
    public async Task What_does_not_fit_the_context_is_refused(int words, int tokens)
    {
        await using var serving = await ServingUnderTest.StartAsync();
        var (status, error) = await RefusedAsync(serving, With(serving.Question(string.Concat(Enumerable.Repeat("x ", words))), "max_tokens", tokens));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("context_length_exceeded", (string)error["code"]!);
        Assert.Contains($"{TinyModels.Context} tokens", (string)error["message"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("household-agent@production")]
    [InlineData("sha256:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("sha256:xyz")]
    public async Task An_unknown_model_is_not_found(string model)
    {
        await using var serving = await ServingUnderTest.StartAsync();
        var (status, error) = await RefusedAsync(serving, With(serving.Question(), "model", model));
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("model_not_found", (string)error["code"]!);
        Assert.Contains(model, (string)error["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_corrupt_artifact_answers_nothing_until_it_is_whole_again()
    {
        await using var serving = await ServingUnderTest.StartAsync();
        var manifest = await serving.Store.ManifestAsync(serving.Model);
        var weights = serving.Store.PathOf(manifest.Files.Single(f => f.Name == "model.safetensors").Digest);
        var whole = await File.ReadAllBytesAsync(weights);
        await File.WriteAllBytesAsync(weights, [.. whole.SkipLast(1), (byte)(whole[^1] ^ 1)]);
        var (status, error) = await RefusedAsync(serving, serving.Question().ToJsonString());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal("model_broken", (string)error["code"]!);
        Assert.Contains("corrupt", (string)error["message"]!, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(weights, whole);
        await serving.AskAsync(serving.Question());
    }

    [FactOnSmallDisk]
    public async Task A_model_for_which_the_store_has_no_room_is_answered_once_there_is_some()
    {
        using var disk = new FillableDisk(1 << 20);
        await using var serving = await ServingUnderTest.StartAsync(artifacts: disk.Path);
        await disk.FillAsync();

        var (status, error) = await RefusedAsync(serving, serving.Question().ToJsonString());
        Assert.Equal((HttpStatusCode.InsufficientStorage, "store_full"), (status, (string)error["code"]!));
        Assert.Equal($"The artifact store at {disk.Path} has no space left: free some or move the store, then repeat the step.", (string)error["message"]!);

        disk.MakeRoom();
        await serving.AskAsync(serving.Question());
    }

    [Fact]
    public async Task A_folder_that_is_no_model_says_what_is_missing()
    {
        await using var serving = await ServingUnderTest.StartAsync();
        var half = await TinyModels.StoreAsync(serving.Store, seed: 2, folder => File.Delete(Path.Combine(folder, "config.json")));
        var (status, error) = await RefusedAsync(serving, With(serving.Question(), "model", half.ToString()));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Contains("config.json", (string)error["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_queue_asks_to_come_back()
    {
        await using var serving = await ServingUnderTest.StartAsync(new() { Engine = new EngineOptions { Threads = 1, MaxBatch = 1, MaxQueue = 0 } });
        using var lease = await serving.Pool.RentAsync(serving.Model, CancellationToken.None);
        await using var running = lease.Model.Engine.DecodeAsync(new([1, 2], TinyModels.Context - 2, Temperature: 1), CancellationToken.None).GetAsyncEnumerator();
        Assert.True(await running.MoveNextAsync());
        using var response = await serving.PostAsync(serving.Question());
        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_caller_that_gives_up_frees_its_slot(bool streamed)
    {
        await using var serving = await ServingUnderTest.StartAsync(new() { Engine = new EngineOptions { Threads = 1, MaxBatch = 1 } });
        var model = await TinyModels.StoreEndlessAsync(serving.Store);
        using var lease = await serving.Pool.RentAsync(model, CancellationToken.None);
        // The engine may be done before it hears that its caller is gone, once, not always.
        for (var attempt = 1; await DecodedAsync(serving, lease.Model.Engine, model, streamed) == LongAnswer + ShortAnswer; attempt++)
            Assert.True(attempt < 50, "Every answer was decoded to its end.");
    }

    private const int LongAnswer = 2000;
    private const int ShortAnswer = 24;

    /// <summary>Gives up a long answer after its first token and asks for a short one; returns how many tokens were decoded.</summary>
    private static async Task<long> DecodedAsync(ServingUnderTest serving, DecodingEngine engine, Digest model, bool streamed)
    {
        var before = engine.Statistics.DecodedTokens;
        var question = serving.Question();
        (question["model"], question["max_tokens"], question["stream"]) = (model.ToString(), LongAnswer, streamed);
        await GiveUpAsync(serving, question, () => engine.Statistics.DecodedTokens > before);
        (question["max_tokens"], question["stream"]) = (ShortAnswer, false);
        await serving.AskAsync(question);
        var decoded = engine.Statistics.DecodedTokens - before;
        Assert.InRange(decoded, 1 + ShortAnswer, LongAnswer + ShortAnswer);
        return decoded;
    }

    private static async Task GiveUpAsync(ServingUnderTest serving, JsonObject question, Func<bool> begun)
    {
        using var patience = new CancellationTokenSource();
        using var body = new StringContent(question.ToJsonString(), Encoding.UTF8, "application/json");
        var asked = serving.Client.PostAsync(new Uri("/v1/chat/completions", UriKind.Relative), body, patience.Token);
        Assert.True(SpinWait.SpinUntil(begun, TimeSpan.FromMinutes(1)));
        await patience.CancelAsync();
        try
        {
            using var tooEarly = await asked;
        }
        catch (OperationCanceledException)
        {
        }
    }
}
