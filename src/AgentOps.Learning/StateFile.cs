using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Models;

namespace AgentOps.Learning;

/// <summary>A saved training state: <c>state.json</c>, <c>weights.safetensors</c>, <c>moments.safetensors</c> (AdamW's two, by weight) and <c>kept.safetensors</c>.</summary>
internal sealed record StateFile(
    StateFile.Place At, IReadOnlyDictionary<string, NamedTensor> Weights, IReadOnlyDictionary<string, NamedTensor> Moments, IReadOnlyDictionary<string, NamedTensor> Kept)
{
    public const int Format = 1;
    private const string PlaceName = "state.json";

    /// <param name="Work">What the training is, so that no other one goes on from it.</param>
    /// <param name="Metrics">Of the last report; null in states of before they were kept.</param>
    internal sealed record Place(int Format, string Work, int Step, long Tokens, bool Finished, IReadOnlyDictionary<string, double>? Metrics = null);

    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        Safetensors.Write(Path.Combine(folder, "weights.safetensors"), Weights.Values);
        Safetensors.Write(Path.Combine(folder, "moments.safetensors"), Moments.Values);
        Safetensors.Write(Path.Combine(folder, "kept.safetensors"), Kept.Values);
        File.WriteAllBytes(Path.Combine(folder, PlaceName), JsonSerializer.SerializeToUtf8Bytes(At, EventRegistry.Json));
    }

    /// <exception cref="InvalidDataException">The place is malformed, or of other work.</exception>
    /// <exception cref="ModelFormatException">A tensor file is absent or malformed.</exception>
    public static StateFile Read(string folder, string work)
    {
        var at = ReadPlace(Path.Combine(folder, PlaceName));
        if (at.Format != Format)
            throw new InvalidDataException($"The training state in {folder} has the format {at.Format}; this version reads {Format}.");
        if (at.Work != work)
            throw new InvalidDataException($"The training state in {folder} belongs to {at.Work}, not to {work}: resume each training from its own state.");
        IReadOnlyDictionary<string, NamedTensor> Tensors(string name) => Safetensors.Read(Path.Combine(folder, name));
        return new(at, Tensors("weights.safetensors"), Tensors("moments.safetensors"), Tensors("kept.safetensors"));
    }

    /// <summary>A weight or moment of the expected shape.</summary>
    /// <exception cref="InvalidDataException">It is absent or has another shape.</exception>
    public float[] ValuesOf(string name, long[] shape) =>
        (Weights.TryGetValue(name, out var found) || Moments.TryGetValue(name, out found)) && found.Shape.AsSpan().SequenceEqual(shape)
            ? found.Values
            : throw new InvalidDataException($"The training state has no tensor {name} of shape [{string.Join(", ", shape)}]: it was saved from another model.");

    private static Place ReadPlace(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<Place>(File.ReadAllBytes(path), EventRegistry.Json) is { Work: not null, Step: >= 0, Tokens: >= 0 } place
                ? place
                : throw new InvalidDataException($"{path} is not the place of a training.");
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException($"{path} is not the place of a training: {e.Message}", e);
        }
    }
}
