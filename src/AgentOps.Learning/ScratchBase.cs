using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Models;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// A first model without a download: a byte-level BPE (Sennrich et al. 2016, arXiv:1508.07909) trained on what the environments' experts read and write in
/// training tasks, and a network of random weights that is then taught to copy (<see cref="CopyStage"/>).
/// It has seen the environments' words, but no task: its success is that of a model which cannot act.
/// </summary>
public static class ScratchBase
{
    /// <summary>Training tasks whose text the tokenizer is made from; more change its merges no further.</summary>
    private const int TextTasks = 300;

    /// <summary>SwiGLU's inner width over the model's: 8/3, so that it costs what a plain MLP of four times the width does (arXiv:2002.05202, section 2).</summary>
    private const double InnerWidth = 8.0 / 3;

    /// <summary>Inner widths are whole multiples of this, for the kernels' sake.</summary>
    private const int InnerUnit = 16;

    /// <summary>The tokenizer and the network before the copying stage. The head is its own matrix: tied, copying takes several times the tokens.</summary>
    /// <exception cref="ArgumentException">The sizes do not fit each other.</exception>
    public static Policy Create(IReadOnlyList<EnvironmentInfo> environments, ScratchModel model, long seed, Device? device = null)
    {
        var tokenizer = BpeTokenizer.Train(Text(environments), model.Vocabulary, ChatTokens.All);
        var policy = new Policy(Config(model, tokenizer.VocabularySize), tokenizer, device);
        Initialisation.Apply(policy.Transformer, seed);
        return policy;
    }

    /// <summary>The tokens that copying is learned on, in order: those that the environments' text is written in. A byte that no text has would only dilute the strings.</summary>
    public static IReadOnlyList<int> Alphabet(IReadOnlyList<EnvironmentInfo> environments, BpeTokenizer tokenizer) =>
        [.. Text(environments).Distinct(StringComparer.Ordinal).SelectMany(tokenizer.EncodeText).Distinct().Order()];

    private static ModelConfig Config(ScratchModel model, int vocabulary)
    {
        if (!Enum.TryParse<ModelFamily>(model.Family, ignoreCase: true, out var family))
            throw new ArgumentException($"There is no model family '{model.Family}': use {string.Join(", ", Enum.GetNames<ModelFamily>()).ToLowerInvariant()}.", nameof(model));
        if (model.Heads < 1 || model.Width % (2 * model.Heads) != 0)
            throw new ArgumentException($"A width of {model.Width} does not divide into {model.Heads} heads of even size.", nameof(model));
        return new ModelConfig
        {
            Family = family, HiddenSize = model.Width, IntermediateSize = (int)(model.Width * InnerWidth) / InnerUnit * InnerUnit, Layers = model.Layers,
            Heads = model.Heads, KeyValueHeads = model.Heads, HeadDim = model.Width / model.Heads, VocabularySize = vocabulary, MaxPositions = model.Context,
            EosTokenIds = [ChatTokens.End], PadTokenId = ChatTokens.Pad,
        }.Checked();
    }

    private static IEnumerable<string> Text(IEnumerable<EnvironmentInfo> environments) => environments.SelectMany(Text);

    private static IEnumerable<string> Text(EnvironmentInfo environment)
    {
        var world = environment.Create();
        for (var index = 0; index < TextTasks; index++)
        {
            var seen = world.Reset(new TaskId(environment.Name, Split.Train, index));
            yield return seen.Text;
            for (var turn = 0; turn < environment.MaxTurns; turn++)
            {
                var action = world.ExpertAction();
                yield return action;
                var outcome = world.Step(action);
                if (outcome.Done)
                    break;
                yield return outcome.Observation.Text;
            }
        }
    }
}
