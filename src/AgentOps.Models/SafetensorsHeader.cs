using System.Buffers.Binary;
using System.Text.Json;

namespace AgentOps.Models;

/// <summary>The checked table of contents of a safetensors file: who lies where, with nothing overlapping and nothing left over.</summary>
internal sealed record SafetensorsHeader(IReadOnlyList<SafetensorsEntry> Entries, long DataStart)
{
    public const int MostHeaderBytes = 100_000_000;
    public const string Metadata = "__metadata__";
    private const int LengthBytes = 8;
    private const int MostDimensions = 8;

    public static SafetensorsHeader Read(Stream file, string path)
    {
        var length = ReadLength(file, path);
        var json = new byte[length];
        file.ReadExactly(json);
        if (json[0] != (byte)'{')
            throw new ModelFormatException($"{path} is not a safetensors file: its header does not start with '{{'.");
        using var document = JsonFile.ParseObject(json, $"The header of {path}");
        var entries = new List<SafetensorsEntry>();
        foreach (var property in document.RootElement.EnumerateObject())
            if (property.NameEquals(Metadata))
                CheckMetadata(property.Value, path);
            else
                entries.Add(Entry(property, path));
        entries.Sort((a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        CheckCoverage(entries, file.Length - LengthBytes - length, path);
        return new(entries, LengthBytes + length);
    }

    private static long ReadLength(Stream file, string path)
    {
        if (file.Length < LengthBytes + 2)
            throw new ModelFormatException($"{path} is not a safetensors file: it has only {file.Length} bytes.");
        Span<byte> bytes = stackalloc byte[LengthBytes];
        file.ReadExactly(bytes);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (length is < 2 or > MostHeaderBytes)
            throw new ModelFormatException($"{path} is not a safetensors file: its header claims {length} bytes where 2 to {MostHeaderBytes} are allowed.");
        if ((long)length > file.Length - LengthBytes)
            throw new ModelFormatException($"{path} is cut off: its header has {length} bytes, the whole file {file.Length}.");
        return (long)length;
    }

    private static SafetensorsEntry Entry(JsonProperty property, string path)
    {
        var name = property.Name;
        var value = property.Value;
        if (value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty("dtype", out var dtype) || dtype.ValueKind != JsonValueKind.String
            || !value.TryGetProperty("shape", out var shape) || !TryLongs(shape, out var sizes)
            || !value.TryGetProperty("data_offsets", out var offsets) || !TryLongs(offsets, out var range) || range.Length != 2)
            throw new ModelFormatException($"{path}: the tensor '{name}' is not described by dtype, shape and two data_offsets.");
        if (sizes.Length > MostDimensions)
            throw new ModelFormatException($"{path}: the tensor '{name}' has {sizes.Length} dimensions, more than {MostDimensions}.");
        var type = Dtype.Find(dtype.GetString()!)
            ?? throw new ModelFormatException($"{path}: the tensor '{name}' is stored as {dtype.GetString()}; only {Dtype.Names} are read here. Convert the model first.");
        if (range[0] > range[1] || !TryBytes(sizes, type.Bytes, out var bytes) || range[1] - range[0] != bytes)
            throw new ModelFormatException($"{path}: the tensor '{name}' of shape [{string.Join(", ", sizes)}] and type {type.Name} does not fill its data_offsets [{range[0]}, {range[1]}].");
        return new(name, type, sizes, range[0], range[1]);
    }

    private static bool TryLongs(JsonElement list, out long[] values)
    {
        values = [];
        if (list.ValueKind != JsonValueKind.Array)
            return false;
        var found = new List<long>();
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out var value) || value < 0)
                return false;
            found.Add(value);
        }
        values = [.. found];
        return true;
    }

    private static bool TryBytes(long[] sizes, int bytesPerValue, out long bytes)
    {
        bytes = bytesPerValue;
        foreach (var size in sizes)
        {
            var product = (Int128)bytes * size;
            if (product > long.MaxValue)
                return false;
            bytes = (long)product;
        }
        return true;
    }

    private static void CheckCoverage(List<SafetensorsEntry> entries, long dataBytes, string path)
    {
        long at = 0;
        foreach (var entry in entries)
        {
            if (entry.Begin != at)
                throw new ModelFormatException($"{path}: the tensor '{entry.Name}' starts at {entry.Begin} where {at} was expected: tensors {(entry.Begin < at ? "overlap" : "leave a hole")}.");
            at = entry.End;
        }
        if (at != dataBytes)
            throw new ModelFormatException($"{path}: its tensors fill {at} bytes, but {dataBytes} follow the header: the file is cut off or holds something else.");
    }

    private static void CheckMetadata(JsonElement metadata, string path)
    {
        if (metadata.ValueKind != JsonValueKind.Object || metadata.EnumerateObject().Any(item => item.Value.ValueKind != JsonValueKind.String))
            throw new ModelFormatException($"{path}: {Metadata} is not an object of strings.");
    }
}

/// <summary>One tensor of the file; the range is counted from the end of the header.</summary>
internal sealed record SafetensorsEntry(string Name, Dtype Type, long[] Shape, long Begin, long End);
