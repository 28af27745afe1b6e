using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Models;

namespace AgentOps.Learning.Tests;

public sealed class Training_jobs
{
    [Theory]
    [InlineData("sft")]
    [InlineData("dpo")]
    [InlineData("kto")]
    [InlineData("reptile")]
    [InlineData("sft with shares")]
    public void What_no_step_has_seen_at_the_end_of_the_tokens_is_unseen_and_not_used(string training)
    {
        using var folders = new Folders();
        // Sequences of ten tokens, of two environments in turn. One is a step, and of reptile two of one environment are an iteration: six are seen, or three pairs, and none twice.
        TokenSequence[] sequences = [.. Enumerable.Range(0, 20).Select(i => Tiny.Sequence([.. Enumerable.Range(4, 10)], [1, 2]) with { Task = i % 2 == 0 ? "maze/train/0" : "instructions/train/0" })];
        TrainOptions options = new(Tokens: 60, BatchTokens: 10);
        var (work, lines, seen) = training switch
        {
            "dpo" => (Work("dpo", options with { BatchTokens = 20 }), Tiny.Lines([.. sequences.Chunk(2).Select(sides => new PreferencePair(sides[0], sides[1]))]), 3),
            "kto" => (Work("kto", options), Tiny.Lines([.. sequences.Select((sequence, i) => new LabelledSequence(sequence, i % 2 == 0))]), 6),
            "reptile" => (Work("reptile", options with { InnerSteps = 2 }), Tiny.Lines(sequences), 6),
            "sft" => (Work("sft", options), Tiny.Lines(sequences), 6),
            _ => (Work("sft", options with { Shares = new Dictionary<string, double> { ["maze"] = 0.5, ["instructions"] = 0.5 } }), Tiny.Lines(sequences), 6),
        };
        var (start, state) = (Saved(folders), folders.New());
        var books = new BalanceSheet(lines.Length, seen, Unseen: lines.Length - seen);

        using (var job = TrainingJob.Open(work, start, lines))
        {
            Assert.Equal(books, job.Balance);
            Assert.NotNull(job.Run().First());
            job.SaveState(state);
        }

        using var resumed = TrainingJob.Open(work, start, lines, state);
        Assert.Equal(books, resumed.Balance);
        foreach (var _ in resumed.Run()) ;
        Assert.Equal(60, resumed.Tokens);
    }

    [Fact]
    public void A_job_interrupted_and_reopened_ends_with_the_model_of_an_uninterrupted_one()
    {
        using var folders = new Folders();
        var start = Saved(folders);
        var work = Work("sft", new() { Epochs = 2, BatchTokens = 80 });
        var lines = Tiny.Lines(Tiny.Sequences(30));
        var (whole, state, resumed, ended) = (folders.New(), folders.New(), folders.New(), folders.New());
        using (var job = TrainingJob.Open(work, start, lines))
        {
            foreach (var _ in job.Run()) ;
            job.SaveModel(whole);
            Assert.Equal(new BalanceSheet(30, 30), job.Balance);
        }
        using (var job = TrainingJob.Open(work, start, lines))
        {
            foreach (var report in job.Run())
                if (report.Step == 4)
                    break;
            job.SaveState(state);
        }
        using (var job = TrainingJob.Open(work, start, lines, state))
        {
            Assert.Equal(4, job.Step);
            foreach (var _ in job.Run()) ;
            job.SaveModel(resumed);
            job.SaveState(ended);
        }
        // Whoever takes it up behind its last step has nothing to run, and still knows what that step said.
        using (var over = TrainingJob.Open(work, start, lines, ended))
        {
            Assert.Empty(over.Run());
            Assert.True(over.Metrics["loss"] > 0);
        }

        Same(whole, resumed);
    }

    [Fact]
    public void A_job_on_labels_reads_them_and_keeps_the_books()
    {
        using var folders = new Folders();
        var tooLong = new LabelledSequence(Tiny.Sequence([.. Enumerable.Range(4, 65)], [1, 2]), true);
        using var job = TrainingJob.Open(Work("kto", new() { BatchTokens = 80 }), Saved(folders), Tiny.Lines([.. Tiny.Labelled(8), tooLong]));

        Assert.Equal(new BalanceSheet(In: 9, Used: 8, TooLong: 1), job.Balance);
        Assert.True(job.Run().Count() > 1);
    }

    [Theory]
    [InlineData("tiny 0.5, maze 0.5", "There is nothing to train on of 'maze', which has a share of 0.5.")]
    [InlineData("maze 1", "There is nothing to train on of 'maze', which has a share of 1.")]
    public void A_share_of_what_the_data_do_not_have_is_refused_with_the_books(string shares, string sentence)
    {
        using var folders = new Folders();
        var wanted = shares.Split(", ").Select(share => share.Split(' ')).ToDictionary(share => share[0], share => double.Parse(share[1]));

        var refused = Assert.Throws<DataRefusedException>(() => TrainingJob.Open(Work("sft", new() { Tokens = 1000, Shares = wanted }), Saved(folders), Tiny.Lines(Tiny.Sequences(10))));

        Assert.Equal(sentence, refused.Message);
        Assert.Equal(new BalanceSheet(10, 0, Unseen: 10), refused.Balance);
    }

    [Fact]
    public void A_job_with_shares_sees_as_much_of_each_environment_as_they_say()
    {
        using var folders = new Folders();
        TokenSequence[] other = [.. Tiny.Sequences(3).Select(sequence => sequence with { Task = "maze/train/1" })];
        var start = Saved(folders);
        TrainingJob Open(double share) => TrainingJob.Open(Work("sft", new() { Tokens = 2000, BatchTokens = 80, Shares = new Dictionary<string, double> { ["tiny"] = 1 - share, ["maze"] = share } }), start, Tiny.Lines([.. Tiny.Sequences(30, seed: 5), .. other]));

        // The three samples of the second environment are learned the better, the larger their share.
        double After(double share)
        {
            using var job = Open(share);
            Assert.NotEmpty(job.Run().ToArray());
            var folder = folders.New();
            job.SaveModel(folder);
            using var policy = Policy.Load(folder);
            return LogProbs.Of(policy.Transformer, TokenBatch.Of(other, policy.Device)).mean().ToDouble();
        }

        Assert.True(After(0.9) > After(0.1));
    }

    [Fact]
    public void A_base_of_two_environments_writes_the_words_of_both_in_few_tokens()
    {
        var model = new ScratchModel(Layers: 1, Width: 16, Heads: 2, Vocabulary: 500, Context: 128, CopyTokens: 1536);
        using var one = ScratchBase.Create([Maze.Info], model, seed: 1);
        using var two = ScratchBase.Create([Maze.Info, Instructions.Info], model, seed: 1);
        var text = Instructions.Info.Create().Reset(new("instructions", Split.Train, 0)).Text;

        Assert.True(two.Tokenizer.EncodeText(text).Length < one.Tokenizer.EncodeText(text).Length);
    }

    [Fact]
    public void A_scratch_base_interrupted_and_reopened_ends_with_the_same_model()
    {
        using var folders = new Folders();
        var work = new ScratchWork("maze", new ScratchModel(Layers: 1, Width: 16, Heads: 2, Vocabulary: 300, Context: 128, CopyTokens: 6 * 1536), Seed: 7);
        var (whole, state, resumed) = (folders.New(), folders.New(), folders.New());
        using (var job = TrainingJob.Open(work))
        {
            Assert.Equal([1, 2, 3, 4, 5, 6], job.Run().Select(report => report.Step));
            job.SaveModel(whole);
            Assert.Null(job.Balance);
        }
        using (var job = TrainingJob.Open(work))
        {
            Assert.Equal(3, job.Run().ElementAt(2).Step);
            job.SaveState(state);
        }
        using (var job = TrainingJob.Open(work, state))
        {
            Assert.Equal([4, 5, 6], job.Run().Select(report => report.Step));
            job.SaveModel(resumed);
        }

        Same(whole, resumed);
    }

    [Fact]
    public void A_state_of_another_seed_is_refused()
    {
        using var folders = new Folders();
        var (start, state) = (Saved(folders), folders.New());
        var work = Work("sft", new() { Epochs = 1 });
        var lines = Tiny.Lines(Tiny.Sequences(10));
        using (var job = TrainingJob.Open(work, start, lines))
            job.SaveState(state);

        Assert.Throws<InvalidDataException>(() => TrainingJob.Open(work with { Seed = 8 }, start, lines, state));
    }

    /// <summary>Where it is opened, whoever runs it can still begin at the first step.</summary>
    [Theory]
    [InlineData("dpo", "reference.rejected")]
    [InlineData("kto", "reference.mismatched")]
    public void A_state_whose_reference_lacks_a_sample_is_refused_when_it_is_opened(string method, string name)
    {
        using var folders = new Folders();
        var (start, state) = (Saved(folders), folders.New());
        var work = Work(method, new() { Epochs = 1, BatchTokens = 120 });
        string[] lines = method == "dpo" ? Tiny.Lines(Tiny.Pairs(10)) : Tiny.Lines(Tiny.Labelled(10));
        using (var job = TrainingJob.Open(work, start, lines))
        {
            Assert.Equal(2, job.Run().ElementAt(1).Step);
            job.SaveState(state);
        }
        using (var job = TrainingJob.Open(work, start, lines, state))
            Assert.Equal(2, job.Step);
        var file = Path.Combine(state, "kept.safetensors");
        Safetensors.Write(file, Safetensors.Read(file).Values.Select(kept => kept.Name == name ? new NamedTensor(name, [9], kept.Values[..9]) : kept));

        var refused = Assert.Throws<InvalidDataException>(() => TrainingJob.Open(work, start, lines, state));

        Assert.Equal($"The training state of step 2 keeps 9 numbers as '{name}', and the data set has 10 samples: it is damaged, or of another training.", refused.Message);
    }

    [Fact]
    public void The_arm_without_preference_weight_takes_the_same_steps()
    {
        using var folders = new Folders();
        var start = Saved(folders);
        var lines = Tiny.Lines(Tiny.Pairs(12));
        List<StepReport> Run(TrainOptions options)
        {
            using var job = TrainingJob.Open(Work("dpo", options), start, lines);
            return [.. job.Run()];
        }
        var eto = Run(new() { BatchTokens = 120 });
        var arm = Run(new() { BatchTokens = 120, PreferenceWeight = 0 });

        Assert.Equal(eto.Select(report => (report.Step, report.Steps, report.Tokens)), arm.Select(report => (report.Step, report.Steps, report.Tokens)));
        // At the first step the policy is the reference: the preference term is log 2 and the arm's loss is the rest.
        Assert.Equal(Math.Log(2), eto[0].Metrics["preferenceLoss"], 5);
        Assert.Equal(eto[0].Metrics["loss"] - Math.Log(2), arm[0].Metrics["loss"], 5);
        Assert.Equal(arm[0].Metrics["sftLoss"], arm[0].Metrics["loss"], 9);
    }

    public static readonly TheoryData<string, string, string> Mistakes = new()
    {
        { "grpo", "{}", "no training method 'grpo'" },
        { "sft", """{"beta":0.1}""", "no setting 'beta'" },
        { "sft", """{"tokens":5,"epochs":1}""", "not both" },
        { "sft", """{"tokens":-5}""", "'tokens' must be above 0" },
        { "sft", """{"learningRate":0}""", "'learningRate' must be" },
        { "sft", """{"batchTokens":0}""", "'batchTokens' must lie" },
        { "dpo", """{"beta":-1}""", "'beta' must be" },
        { "dpo", """{"sftWeight":0,"preferenceWeight":0}""", "nothing to learn" },
        { "dpo", """{"sftWeight":-1}""", "'sftWeight' must be" },
        { "dpo", """{"loss":"bpo"}""", "no loss 'bpo'" },
        { "dpo", """{"smoothing":0.1}""", "the loss sigmoid has no setting 'smoothing', which is one of robust" },
        { "dpo", """{"loss":"robust","margin":1}""", "the loss robust has no setting 'margin', which is one of simpo" },
        { "dpo", """{"loss":"robust","smoothing":0.5}""", "'smoothing' must lie" },
        { "dpo", """{"loss":"simpo","margin":-1}""", "'margin' must be" },
        { "dpo", """{"loss":"dmpo","discount":1.1}""", "'discount' must lie" },
        { "dpo", """{"desirableWeight":1}""", "the method dpo has no setting 'desirableWeight', which is one of kto" },
        { "sft", """{"smoothing":0.1}""", "the method sft has no setting 'smoothing', which is one of dpo" },
        { "sft", """{"adapter":{"lora":{"rank":0,"alpha":1}}}""", "'rank' must lie" },
        { "sft", """{"adapter":{"lora":{"rank":1,"alpha":0}}}""", "'alpha' must be" },
        { "dpo", """{"adapter":{"lora":{"rank":1,"alpha":1,"targets":[]}}}""", "'targets' names nothing" },
        { "sft", """{"klWeight":-1}""", "'klWeight' must be" },
        { "sft", """{"observationWeight":-1}""", "'observationWeight' must be" },
        { "dpo", """{"observationWeight":1}""", "no setting 'observationWeight'" },
        { "dpo", """{"l2Weight":1}""", "the method dpo has no setting 'l2Weight', which is one of sft" },
        { "sft", """{"l2Weight":1,"adapter":{"lora":{"rank":1,"alpha":1}}}""", "with an adapter they never leave it" },
        { "sft", """{"adapter":{}}""", "either lora or qlora" },
        { "sft", """{"adapter":{"lora":{"rank":1,"alpha":1},"qlora":{"rank":1,"alpha":1}}}""", "either lora or qlora" },
        { "sft", """{"adapter":{"qlora":{"rank":0,"alpha":1}}}""", "'rank' must lie" },
        { "kto", """{"loss":"ipo"}""", "the method kto has no setting 'loss'" },
        { "kto", """{"sftWeight":1}""", "no setting 'sftWeight'" },
        { "kto", """{"desirableWeight":0}""", "'desirableWeight' must be" },
        { "reward", """{"loss":"sigmoid"}""", "There is no loss 'sigmoid': use pairs, outcome." },
        { "dpo", """{"loss":"pairs"}""", "no loss 'pairs'" },
        { "reward", """{"beta":0.1}""", "the method reward has no setting 'beta', which is one of dpo and kto." },
        { "reward", """{"adapter":{"lora":{"rank":1,"alpha":1}}}""", "the method reward has no setting 'adapter', which is one of sft and dpo and kto and reptile." },
        { "reward", """{"learningRate":0}""", "'learningRate' must be" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_wrong_setting_is_refused_with_its_name(string method, string options, string complaint)
    {
        var work = Work(method, JsonSerializer.Deserialize<TrainOptions>(options, EventRegistry.Json)!);

        Assert.Contains(complaint, Assert.Throws<ArgumentException>(() => TrainingJob.Open(work, "nowhere", [])).Message, StringComparison.Ordinal);
    }

    private static TrainWork Work(string method, TrainOptions options) => new(method, Digest.Of("model"u8), default, Digest.Of("data"u8), options, Seed: 7);

    private static void Same(string expected, string actual)
    {
        Assert.NotEmpty(Directory.GetFiles(expected));
        foreach (var file in Directory.GetFiles(expected))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(actual, Path.GetFileName(file))));
    }

    private static string Saved(Folders folders)
    {
        using var policy = Tiny.Policy();
        var folder = folders.New();
        policy.Save(folder);
        return folder;
    }
}
