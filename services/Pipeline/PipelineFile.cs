using System.Text.Json;
using System.Text.RegularExpressions;
using AgentOps.Contracts;

namespace AgentOps.Pipeline;

/// <summary>Reads the user's pipeline file, YAML or JSON, and refuses what cannot be run with the line and the key.</summary>
public static partial class PipelineFile
{
    public const string ApiVersion = "agentops/v1";

    /// <summary>What the file may come to once read: it stands whole in one event of at most 64 KiB.</summary>
    public const int MaxSpecificationBytes = 48 * 1024;

    internal const string EnvironmentRule = "an environment's name: small letters, digits and '-', 64 at most";
    private const long LargestExactInJson = (1L << 53) - 1;

    /// <param name="environments">The environments there are; null leaves that open.</param>
    /// <exception cref="PipelineFileException">The file cannot be run.</exception>
    public static PipelineSpecification Read(string text, IReadOnlyList<string>? environments = null)
    {
        var file = new Fields(FileTree.Read(text), "a pipeline", null, "apiVersion", "name", "seed", "environment", "base", "without", "steps");
        file.OneOf("apiVersion", null, ApiVersion);
        var steps = new StepReader();
        var specification = new PipelineSpecification(
            file.Text("name", EntityName.Pattern(), EntityName.Rule),
            file.Whole("seed", 0, 0, LargestExactInJson),
            file.Text("environment", EnvironmentPattern(), EnvironmentRule),
            Base(file),
            steps.Read(file.Required("steps")),
            file.Has("without") ? Without(file) : null);
        bool Exists(string environment) => environments is null || environments.Contains(environment);
        string Unknown(string environment) => $"there is no environment '{environment}'; there are {string.Join(", ", environments!)}.";
        if (!Exists(specification.Environment))
            throw file.Refuse("environment", Unknown(specification.Environment));
        if (JsonSerializer.SerializeToUtf8Bytes(specification, EventRegistry.Json).Length > MaxSpecificationBytes)
            throw new PipelineFileException(1, null, $"the pipeline comes to more than {MaxSpecificationBytes / 1024} KB once read; use shorter names or fewer steps.");
        try
        {
            if (specification.AllSteps.FirstOrDefault(step => step.OwnEnvironment is { } own && !Exists(own)) is { } elsewhere)
                throw new PlanException(elsewhere, "environment", Unknown(elsewhere.OwnEnvironment!));
            if (PipelinePlan.Of(specification).Objections is [var objection, ..])
                throw objection;
        }
        catch (PlanException e)
        {
            throw new PipelineFileException(steps.LineOf(e), e.Key, e.Message);
        }

        return specification;
    }

    private static List<WithdrawalId> Without(Fields file)
    {
        var ids = file.Texts("without");
        for (var i = 0; i < ids.Count; i++)
            if (!Guid.TryParseExact(ids[i], "D", out _))
                throw new PipelineFileException(file.LineOf("without", i), "without", $"'{ids[i]}' is not a withdrawal's id.");
        return [.. ids.Select(Identifiers.Parse<WithdrawalId>)];
    }

    private static BaseSpecification Base(Fields file)
    {
        string[] kinds = ["scratch", "model", "huggingface"];
        var fields = new Fields(file.Required("base"), "base", "base", [.. kinds, "adapter"]);
        if (fields.Has("adapter") && !fields.Has("huggingface"))
            throw new PipelineFileException(fields.KeyLineOf("adapter"), "adapter", "it is merged into a base of 'huggingface', and there is none.");
        return kinds.Where(fields.Has).ToArray() switch
        {
            ["scratch"] => new BaseSpecification(Scratch: Scratch(fields.Required("scratch"))),
            ["model"] => new BaseSpecification(Model: fields.Text("model", ModelPattern(), "a registered model, name@alias or name:version")),
            ["huggingface"] => new BaseSpecification(HuggingFace: Folder(fields, "huggingface"), Adapter: fields.Has("adapter") ? Folder(fields, "adapter") : null),
            _ => throw file.Refuse("base", $"expected one of {string.Join(", ", kinds)}."),
        };
    }

    private static string Folder(Fields fields, string key) => fields.Text(key, FolderPattern(), "the absolute path of a folder, such as /models/small, of at most 800 characters, without '.', '..' or a slash at its end");

    private static ScratchModel Scratch(FileNode node)
    {
        var defaults = new ScratchModel();
        var fields = new Fields(node, "scratch", "scratch", "family", "layers", "width", "heads", "vocab", "context", "copyTokens");
        var model = new ScratchModel(
            fields.OneOf("family", defaults.Family, "qwen3", "qwen2", "llama"),
            (int)fields.Whole("layers", defaults.Layers, 1, 64),
            (int)fields.Whole("width", defaults.Width, 16, 8192),
            (int)fields.Whole("heads", defaults.Heads, 1, 64),
            (int)fields.Whole("vocab", defaults.Vocabulary, 260, 65_536),
            (int)fields.Whole("context", defaults.Context, 64, 131_072),
            fields.Whole("copyTokens", defaults.CopyTokens, 0, 1_000_000_000));
        return model.Width % (2 * model.Heads) == 0
            ? model
            : throw fields.Refuse(fields.Has("heads") ? "heads" : "width", $"the width {model.Width} must be an even multiple of the {model.Heads} heads.");
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]{0,63}\z", RegexOptions.CultureInvariant)]
    internal static partial Regex EnvironmentPattern();

    [GeneratedRegex(@"\A(?=.{2,800}\z)(?:/(?!\.{1,2}(?:/|\z))[^/\p{Cc}]+)+\z", RegexOptions.CultureInvariant)]
    private static partial Regex FolderPattern();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}(@[A-Za-z0-9][A-Za-z0-9._-]{0,63}|:[0-9]{1,9})\z", RegexOptions.CultureInvariant)]
    private static partial Regex ModelPattern();
}
