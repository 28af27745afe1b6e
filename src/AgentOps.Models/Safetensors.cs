using System.Buffers.Binary;
using System.Text.Json;

namespace AgentOps.Models;

/// <summary>Reads and writes safetensors files. F32, F16, BF16 and I64 are read, all as float32; F32 is written.</summary>
public static class Safetensors
{
    public const string SingleFile = "model.safetensors";
    private const int ChunkValues = 1 << 17;
    private const int Alignment = 8;

    /// <exception cref="ModelFormatException">The file is absent, malformed, cut off or holds another element type.</exception>
    public static IReadOnlyDictionary<string, NamedTensor> Read(string path)
    {
        using var file = Open(path);
        var header = SafetensorsHeader.Read(file, path);
        var tensors = new Dictionary<string, NamedTensor>(StringComparer.Ordinal);
        foreach (var entry in header.Entries)
            tensors.Add(entry.Name, ReadTensor(file, header.DataStart, entry, path));
        return tensors;
    }

    /// <summary>Reads <c>model.safetensors</c> of a folder, or the shards that its <c>model.safetensors.index.json</c> names.</summary>
    /// <exception cref="ModelFormatException">A file is absent or malformed, or the index and its files disagree.</exception>
    public static IReadOnlyDictionary<string, NamedTensor> ReadFolder(string folder)
    {
        var index = Path.Combine(folder, ShardIndex.FileName);
        return File.Exists(index) ? ShardIndex.ReadAll(index) : Read(Path.Combine(folder, SingleFile));
    }

    /// <summary>Writes the tensors ordered by name. The same tensors give the same bytes.</summary>
    public static void Write(string path, IEnumerable<NamedTensor> tensors)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);
        Write(file, tensors);
    }

    /// <inheritdoc cref="Write(string, IEnumerable{NamedTensor})"/>
    public static void Write(Stream file, IEnumerable<NamedTensor> tensors)
    {
        NamedTensor[] sorted = [.. tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal)];
        var header = Header(sorted);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        file.Write(length);
        file.Write(header);
        var chunk = new byte[ChunkValues * sizeof(float)];
        foreach (var tensor in sorted)
            for (var at = 0; at < tensor.Values.Length; at += ChunkValues)
            {
                var values = tensor.Values.AsSpan(at, Math.Min(ChunkValues, tensor.Values.Length - at));
                for (var i = 0; i < values.Length; i++)
                    BinaryPrimitives.WriteSingleLittleEndian(chunk.AsSpan(i * sizeof(float)), values[i]);
                file.Write(chunk, 0, values.Length * sizeof(float));
            }
    }

    private static byte[] Header(NamedTensor[] sorted)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteStartObject(SafetensorsHeader.Metadata);
            // Hugging Face's loaders refuse a file that does not say this.
            writer.WriteString("format", "pt");
            writer.WriteEndObject();
            long at = 0;
            foreach (var tensor in sorted)
                WriteEntry(writer, tensor, ref at);
            writer.WriteEndObject();
        }
        while (buffer.Length % Alignment != 0)
            buffer.WriteByte((byte)' ');
        return buffer.Length <= SafetensorsHeader.MostHeaderBytes
            ? buffer.ToArray()
            : throw new ModelFormatException($"The header of {sorted.Length} tensors would have {buffer.Length} bytes, more than safetensors allows.");
    }

    private static void WriteEntry(Utf8JsonWriter writer, NamedTensor tensor, ref long at)
    {
        writer.WriteStartObject(tensor.Name);
        writer.WriteString("dtype", "F32");
        writer.WriteStartArray("shape");
        foreach (var size in tensor.Shape)
            writer.WriteNumberValue(size);
        writer.WriteEndArray();
        writer.WriteStartArray("data_offsets");
        writer.WriteNumberValue(at);
        writer.WriteNumberValue(at += (long)tensor.Values.Length * sizeof(float));
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static NamedTensor ReadTensor(FileStream file, long dataStart, SafetensorsEntry entry, string path)
    {
        var count = (entry.End - entry.Begin) / entry.Type.Bytes;
        if (count > Array.MaxLength)
            throw new ModelFormatException($"{path}: the tensor '{entry.Name}' has {count} values, more than one array can hold.");
        var values = new float[count];
        var chunk = new byte[Math.Min(ChunkValues, count) * entry.Type.Bytes];
        file.Position = dataStart + entry.Begin;
        for (var at = 0; at < values.Length; at += ChunkValues)
        {
            var to = values.AsSpan(at, Math.Min(ChunkValues, values.Length - at));
            var from = chunk.AsSpan(0, to.Length * entry.Type.Bytes);
            file.ReadExactly(from);
            entry.Type.ToFloats(from, to);
        }
        return new(entry.Name, entry.Shape, values);
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelFormatException($"There is no {path}: a model's weights are expected there as safetensors.", error);
        }
    }
}
