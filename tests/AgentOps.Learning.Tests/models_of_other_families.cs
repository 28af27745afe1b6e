using System.Text.Json.Nodes;
using AgentOps.Contracts;
using AgentOps.Models;
using AgentOps.Models.Decoding;

namespace AgentOps.Learning.Tests;

/// <summary>A small model as its family publishes it, with that family's special tokens: it is told conversations in its own words, learns what to answer, and says it.</summary>
public sealed class models_of_other_families : IDisposable
{
    private static readonly ChatMessage[] Asked = [ChatMessage.System("Put the mug away."), ChatMessage.User("You see a mug 1."), ChatMessage.Assistant("take mug 1"), ChatMessage.User("You hold the mug 1.")];
    private readonly Folders _folders = new();

    public void Dispose() => _folders.Dispose();

    public static TheoryData<ModelFamily, string[]> Families => new()
    {
        { ModelFamily.Qwen2, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] },
        { ModelFamily.Qwen3, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] },
        { ModelFamily.Llama, ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"] },
    };

    [Theory]
    [MemberData(nameof(Families))]
    public async Task It_learns_in_its_own_words_and_says_it_to_its_own_end(ModelFamily family, string[] specials)
    {
        var published = Published(family, specials);
        using var state = new TrainingState(Policy.Load(published));
        var tokenizer = state.Policy.Tokenizer;
        var encoded = tokenizer.Chat.Encode([.. Asked, ChatMessage.Assistant("open fridge 1")]);
        TokenSequence episode = new("tiny/train/0", 0, encoded.Ids, encoded.Spans());

        var last = Sft.Train(state, [episode], new(Tokens: null, Epochs: 150, LearningRate: 1e-2), seed: 1).Last();

        Assert.True(last.Metrics["loss"] < 0.05, $"The loss is {last.Metrics["loss"]} at the end.");
        var saved = _folders.New();
        state.Policy.Save(saved);
        var model = ModelFolder.Load(saved);
        await using var engine = new DecodingEngine(DecoderModel.Create(model), new EngineOptions { Threads = 1 });
        var said = await engine.DecodeWholeAsync(new DecodeRequest(tokenizer.Chat.Prompt(Asked), MaxTokens: 30, Temperature: 0, StopTokens: model.StopTokenIds), CancellationToken.None);
        Assert.Equal("open fridge 1", tokenizer.Decode([.. said.Select(token => token.Id)], skipSpecial: true));
        Assert.Equal(tokenizer.Chat.End, said[^1].Id);
        // Other programs are told to ask it as it was taught; what its makers said of everything else stays.
        var config = JsonNode.Parse(File.ReadAllBytes(Path.Combine(saved, "tokenizer_config.json")))!;
        Assert.Equal((tokenizer.Chat.Format.Jinja, "Qwen2Tokenizer"), ((string)config["chat_template"]!, (string)config["tokenizer_class"]!));
        Assert.Equal(tokenizer.Chat.Format.Jinja, File.ReadAllText(Path.Combine(saved, "chat_template.jinja")));
        Assert.Equal([0, tokenizer.Chat.End], ModelConfig.Load(Path.Combine(saved, "config.json")).EosTokenIds);
        Assert.Equal($"[0,{tokenizer.Chat.End}]", JsonNode.Parse(File.ReadAllBytes(Path.Combine(saved, "generation_config.json")))!["eos_token_id"]!.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void A_reward_model_that_is_made_of_it_tells_others_the_same(ModelFamily family, string[] specials)
    {
        using var model = RewardModel.Open(Published(family, specials), ScoreMeaning.Preference);
        var saved = _folders.New();
        model.Save(saved);

        Assert.Equal(model.Tokenizer.Chat.Format.Jinja, File.ReadAllText(Path.Combine(saved, "chat_template.jinja")));
    }

    /// <summary>A folder whose files know another end than the conversation's, and another template.</summary>
    private string Published(ModelFamily family, string[] specials)
    {
        var tokenizer = BpeTokenizer.Train([.. Asked.Select(message => message.Content), "system user assistant open fridge 1"], Tiny.Vocabulary, specials);
        var config = (Tiny.Config(family) with { MaxPositions = 256, EosTokenIds = [0], RopeScaling = family == ModelFamily.Llama ? new(8, 1, 4, 64) : null }).Checked();
        using var policy = new Policy(config, tokenizer, companions: new Dictionary<string, byte[]>
        {
            ["tokenizer_config.json"] = """{"chat_template": "{{ messages }}", "tokenizer_class": "Qwen2Tokenizer"}"""u8.ToArray(), ["chat_template.jinja"] = "{{ messages }}"u8.ToArray(),
            ["generation_config.json"] = """{"eos_token_id": 0, "temperature": 0.7}"""u8.ToArray(),
        });
        Initialisation.Apply(policy.Transformer, seed: 1);
        var folder = _folders.New();
        policy.Save(folder);
        return folder;
    }
}
