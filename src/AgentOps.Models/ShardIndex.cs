using System.Text.Json;

namespace AgentOps.Models;

/// <summary>Weights that are spread over several safetensors files, as their index names them.</summary>
internal static class ShardIndex
{
    public const string FileName = "model.safetensors.index.json";
    private const int MostShards = 10_000;

    /// <exception cref="ModelFormatException">The index is malformed, a shard is absent, or the two disagree on what lies where.</exception>
    public static IReadOnlyDictionary<string, NamedTensor> ReadAll(string path)
    {
        var map = ReadMap(path);
        var folder = Path.GetDirectoryName(path)!;
        var all = new Dictionary<string, NamedTensor>(StringComparer.Ordinal);
        foreach (var shard in map.Values.Distinct().Order(StringComparer.Ordinal))
            foreach (var (name, tensor) in Safetensors.Read(Path.Combine(folder, shard)))
                if (map.GetValueOrDefault(name) != shard)
                    throw new ModelFormatException($"{path} does not say that the tensor '{name}' is in {shard}, but it is.");
                else
                    all.Add(name, tensor);
        foreach (var (name, shard) in map)
            if (!all.ContainsKey(name))
                throw new ModelFormatException($"{path} says that the tensor '{name}' is in {shard}, but it is not.");
        return all;
    }

    private static Dictionary<string, string> ReadMap(string path)
    {
        using var document = JsonFile.ParseObject(JsonFile.ReadBytes(path), path);
        if (!document.RootElement.TryGetProperty("weight_map", out var map) || map.ValueKind != JsonValueKind.Object)
            throw new ModelFormatException($"{path} has no object 'weight_map'.");
        var shards = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in map.EnumerateObject())
        {
            var shard = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "";
            if (shard.Length == 0 || shard is "." or ".." || shard.AsSpan().ContainsAny('/', '\\', '\0'))
                throw new ModelFormatException($"{path}: the tensor '{entry.Name}' lies in '{entry.Value}', which is not a file of the same folder.");
            shards.Add(entry.Name, shard);
        }
        return shards.Values.Distinct().Count() <= MostShards
            ? shards
            : throw new ModelFormatException($"{path} names more than {MostShards} files.");
    }
}
