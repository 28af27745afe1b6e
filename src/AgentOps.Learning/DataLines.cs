using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Models;

namespace AgentOps.Learning;

/// <summary>The samples of a data set that a model can be trained on, and what became of the others.</summary>
/// <param name="Balance">With all samples used.</param>
public sealed record TrainingData<T>(IReadOnlyList<T> Samples, BalanceSheet Balance)
{
    /// <summary>That the samples will not do, so that no step sees one of them.</summary>
    public DataRefusedException Refused(string why) => new(why, Balance.Seeing(0));
}

/// <summary>Reads data sets of one JSON object a line and checks every token against the model.</summary>
public static class DataLines
{
    /// <exception cref="DataRefusedException">A line is malformed, or nothing remains to train on.</exception>
    public static TrainingData<TokenSequence> Demonstrations(IEnumerable<string> lines, ModelConfig config) =>
        Read<TokenSequence>(lines, config, sequence => [sequence]);

    /// <inheritdoc cref="Demonstrations"/>
    public static TrainingData<PreferencePair> Preferences(IEnumerable<string> lines, ModelConfig config) =>
        Read<PreferencePair>(lines, config, pair => [pair.Chosen, pair.Rejected]);

    /// <exception cref="DataRefusedException">A line is malformed, or nothing remains to train on, or one of the two sides only.</exception>
    public static TrainingData<LabelledSequence> Labelled(IEnumerable<string> lines, ModelConfig config)
    {
        var data = Read<LabelledSequence>(lines, config, sample => [sample.Sequence]);
        var desirable = data.Samples.Count(sample => sample.Desirable);
        return desirable > 0 && desirable < data.Samples.Count
            ? data
            : throw data.Refused($"There is one side only to train on: of {data.Balance.In} samples, {desirable} desirable and {data.Samples.Count - desirable} undesirable ones fit the model.");
    }

    private static TrainingData<T> Read<T>(IEnumerable<string> lines, ModelConfig config, Func<T, TokenSequence[]> sequencesOf) where T : class
    {
        var samples = new List<T>();
        int read = 0, tooLong = 0, untrained = 0, malformed = 0;
        string? first = null;
        foreach (var line in lines)
        {
            read++;
            var (sample, objection) = Parse<T>(line);
            var sequences = sample is null ? [] : sequencesOf(sample);
            objection ??= sequences.Select(sequence => Objection(sequence, config)).FirstOrDefault(said => said is not null);
            if (objection is not null)
                (malformed, first) = (malformed + 1, first ?? $"Line {read} of the data set {objection}");
            else if (sequences.Any(sequence => sequence.Ids.Length > config.MaxPositions))
                tooLong++;
            else if (sequences.Any(sequence => sequence.Trained.Length == 0))
                untrained++;
            else
                samples.Add(sample!);
        }
        var data = new TrainingData<T>(samples, new BalanceSheet(read, samples.Count, Filtered: untrained, TooLong: tooLong, Failed: malformed).Closed());
        return first is not null ? throw data.Refused(first)
            : samples.Count > 0 ? data
            : throw data.Refused(read == 0
                ? "There is nothing to train on: the data set is empty."
                : $"There is nothing to train on: of {read} samples, {tooLong} are longer than the model's {config.MaxPositions} positions and {untrained} have no trained token.");
    }

    /// <returns>What the line says, or what is wrong with it.</returns>
    private static (T? Sample, string? Objection) Parse<T>(string line) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, EventRegistry.Json) is { } sample ? (sample, null) : (null, $"is null where a {typeof(T).Name} is expected.");
        }
        catch (JsonException e)
        {
            return (null, $"is not a {typeof(T).Name}: {e.Message}");
        }
    }

    /// <summary>Ids within the vocabulary; trained spans ascending, apart, inside the sequence, and none at its first token, which nothing predicts.</summary>
    /// <returns>What is wrong; null where nothing is.</returns>
    internal static string? Objection(TokenSequence sequence, ModelConfig config)
    {
        foreach (var id in sequence.Ids)
            if (id < 0 || id >= config.VocabularySize)
                return $"has the token id {id}, outside the model's vocabulary of {config.VocabularySize}: it was made with another tokenizer.";
        var free = 1;
        foreach (var span in sequence.Trained)
        {
            if (span is not [var start, var length] || length < 1 || start < free || length > sequence.Ids.Length - start)
                // JSON may hold a null among the spans.
                return $"has the trained span [{string.Join(", ", span ?? [])}]: expected [start, length], ascending, from 1 on and within its {sequence.Ids.Length} tokens.";
            free = start + length;
        }
        return sequence.Weights is { } weights && (weights.Length != sequence.Trained.Length || !weights.All(weight => weight > 0 && double.IsFinite(weight)))
            ? $"has the weights [{string.Join(", ", weights)}]: expected a number above 0 for each of its {sequence.Trained.Length} trained spans."
            : null;
    }
}
