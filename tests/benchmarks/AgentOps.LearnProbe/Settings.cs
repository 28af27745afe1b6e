using System.Globalization;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Learning;

namespace AgentOps.LearnProbe;

/// <summary>What a run of the probe does; every setting is a word of the command line, such as <c>--experts 200</c>.</summary>
internal sealed record Settings
{
    public string Environment { get; init; } = "household";

    /// <summary>The split that policies are measured on. Settings are chosen on dev; test is for the final table alone.</summary>
    public Split Split { get; init; } = Split.Dev;

    public int Tasks { get; init; } = 300;

    public int Experts { get; init; } = 200;

    public long[] Seeds { get; init; } = [0];

    public ScratchModel Model { get; init; } = new();

    /// <summary>How many of the copying stage's lessons the base is taught; with 1 it learns to repeat and not to find, and starts are weak.</summary>
    public int Lessons { get; init; } = CopyLesson.All.Count;

    public long Tokens { get; init; } = 900_000;

    public double LearningRate { get; init; } = 2e-3;

    public int BatchTokens { get; init; } = 1536;

    /// <summary>Of what the environment says as a target of the first SFT.</summary>
    public double ObservationWeight { get; init; }

    /// <summary>Tasks of the training split, new to the model, that are explored in each round after SFT.</summary>
    public int Fresh { get; init; } = 250;

    /// <summary>What is learned from the SFT model on, each from that model again.</summary>
    public StageSpecification[] Stages { get; init; } = StageSpecification.ParseAll("longer; rft; eto; eto:preferenceWeight=0");

    /// <summary>A folder in which another run has left models of the same seeds (<see cref="Out"/>): their SFT model is taken, and not trained again. None: everything is trained.</summary>
    public string? Start { get; init; }

    public int Threads { get; init; } = System.Environment.ProcessorCount;

    /// <summary>A folder to leave each stage's model in, or none.</summary>
    public string? Out { get; init; }

    /// <exception cref="ArgumentException">A word is not known or its value is not readable.</exception>
    public static Settings Parse(string[] words)
    {
        var settings = new Settings();
        for (var i = 0; i < words.Length; i += 2)
        {
            var value = i + 1 < words.Length ? words[i + 1] : throw new ArgumentException($"'{words[i]}' needs a value.");
            settings = words[i] switch
            {
                "--environment" => settings with { Environment = Catalogue.Find(value).Roles.Count == 0 ? value : throw new ArgumentException($"'{value}' is played by a team, and this program plays with one agent: submit a pipeline file.") },
                "--split" => settings with { Split = Enum.Parse<Split>(value, ignoreCase: true) },
                "--tasks" => settings with { Tasks = int.Parse(value) },
                "--experts" => settings with { Experts = int.Parse(value) },
                "--seeds" => settings with { Seeds = [.. value.Split(',').Select(long.Parse)] },
                "--family" => settings with { Model = settings.Model with { Family = value } },
                "--layers" => settings with { Model = settings.Model with { Layers = int.Parse(value) } },
                "--width" => settings with { Model = settings.Model with { Width = int.Parse(value) } },
                "--heads" => settings with { Model = settings.Model with { Heads = int.Parse(value) } },
                "--vocabulary" => settings with { Model = settings.Model with { Vocabulary = int.Parse(value) } },
                "--copy-tokens" => settings with { Model = settings.Model with { CopyTokens = long.Parse(value) } },
                "--lessons" => settings with { Lessons = int.Parse(value) is var count && count >= 1 && count <= CopyLesson.All.Count ? count : throw new ArgumentException($"--lessons is 1 to {CopyLesson.All.Count}, not {value}.") },
                "--tokens" => settings with { Tokens = long.Parse(value) },
                "--rate" => settings with { LearningRate = double.Parse(value) },
                "--batch-tokens" => settings with { BatchTokens = int.Parse(value) },
                "--observation-weight" => settings with { ObservationWeight = double.Parse(value, CultureInfo.InvariantCulture) },
                "--fresh" => settings with { Fresh = int.Parse(value) },
                "--stages" => settings with { Stages = StageSpecification.ParseAll(value) },
                "--start" => settings with { Start = value },
                "--threads" => settings with { Threads = int.Parse(value) },
                "--out" => settings with { Out = value },
                _ => throw new ArgumentException($"'{words[i]}' is not a setting of this program."),
            };
        }
        return settings;
    }
}
