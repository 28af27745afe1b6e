using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Models;

namespace AgentOps.Learning;

/// <summary>The samples of a data set that a model can be trained on, and what became of the others.</summary>
public sealed record TrainingData<T>(IReadOnlyList<T> Samples, BalanceSheet Balance);

/// <summary>Reads data sets of one JSON object a line and checks every token against the model.</summary>
public static class DataLines
{
    /// <exception cref="InvalidDataException">A line is malformed.</exception>
    /// <exception cref="DataRefusedException">Nothing remains to train on.</exception>
    public static TrainingData<TokenSequence> Demonstrations(IEnumerable<string> lines, ModelConfig config) =>
        Read<TokenSequence>(lines, config, sequence => [sequence]);

    /// <inheritdoc cref="Demonstrations"/>
    public static TrainingData<PreferencePair> Preferences(IEnumerable<string> lines, ModelConfig config) =>
        Read<PreferencePair>(lines, config, pair => [pair.Chosen, pair.Rejected]);

    /// <exception cref="InvalidDataException">A line is malformed.</exception>
    /// <exception cref="DataRefusedException">Nothing remains to train on, or one of the two sides only.</exception>
    public static TrainingData<LabelledSequence> Labelled(IEnumerable<string> lines, ModelConfig config)
    {
        var data = Read<LabelledSequence>(lines, config, sample => [sample.Sequence]);
        var desirable = data.Samples.Count(sample => sample.Desirable);
        return desirable > 0 && desirable < data.Samples.Count
            ? data
            : throw new DataRefusedException($"There is one side only to train on: of {data.Balance.In} samples, {desirable} desirable and {data.Samples.Count - desirable} undesirable ones fit the model.", data.Balance);
    }

    private static TrainingData<T> Read<T>(IEnumerable<string> lines, ModelConfig config, Func<T, TokenSequence[]> sequencesOf) where T : class
    {
        var samples = new List<T>();
        int read = 0, tooLong = 0, untrained = 0;
        foreach (var line in lines)
        {
            read++;
            var sample = Parse<T>(line, read);
            var sequences = Array.ConvertAll(sequencesOf(sample), sequence => Checked(sequence, config, read));
            if (sequences.Any(sequence => sequence.Ids.Length > config.MaxPositions))
                tooLong++;
            else if (sequences.Any(sequence => sequence.Trained.Length == 0))
                untrained++;
            else
                samples.Add(sample);
        }
        var balance = new BalanceSheet(read, samples.Count, Filtered: untrained, TooLong: tooLong).Closed();
        if (samples.Count == 0)
            throw new DataRefusedException(read == 0
                ? "There is nothing to train on: the data set is empty."
                : $"There is nothing to train on: of {read} samples, {tooLong} are longer than the model's {config.MaxPositions} positions and {untrained} have no trained token.", balance);
        return new(samples, balance);
    }

    private static T Parse<T>(string line, int number) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, EventRegistry.Json) ?? throw new InvalidDataException($"Line {number} of the data set is null where a {typeof(T).Name} is expected.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"Line {number} of the data set is not a {typeof(T).Name}: {e.Message}", e);
        }
    }

    /// <summary>Ids within the vocabulary; trained spans ascending, apart, inside the sequence, and none at its first token, which nothing predicts.</summary>
    private static TokenSequence Checked(TokenSequence sequence, ModelConfig config, int line)
    {
        foreach (var id in sequence.Ids)
            if (id < 0 || id >= config.VocabularySize)
                throw new InvalidDataException($"Line {line} of the data set has the token id {id}, outside the model's vocabulary of {config.VocabularySize}: it was made with another tokenizer.");
        var free = 1;
        foreach (var span in sequence.Trained)
        {
            if (span is not [var start, var length] || length < 1 || start < free || length > sequence.Ids.Length - start)
                // JSON may hold a null among the spans.
                throw new InvalidDataException($"Line {line} of the data set has the trained span [{string.Join(", ", span ?? [])}]: expected [start, length], ascending, from 1 on and within its {sequence.Ids.Length} tokens.");
            free = start + length;
        }
        if (sequence.Weights is { } weights && (weights.Length != sequence.Trained.Length || !weights.All(weight => weight > 0 && double.IsFinite(weight))))
            throw new InvalidDataException($"Line {line} of the data set has the weights [{string.Join(", ", weights)}]: expected a number above 0 for each of its {sequence.Trained.Length} trained spans.");
        return sequence;
    }
}
