using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AgentOps.Models;

/// <summary>Reading and writing the JSON files of a model folder: bounded in size and depth, no key twice, always the same bytes for the same content.</summary>
internal static class JsonFile
{
    public const int MostBytes = 256 << 20;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static byte[] ReadBytes(string path)
    {
        try
        {
            var length = new FileInfo(path).Length;
            return length <= MostBytes
                ? File.ReadAllBytes(path)
                : throw new ModelFormatException($"{path} has {length} bytes, more than the {MostBytes} that such a file may have.");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelFormatException($"There is no {path}: a model folder in Hugging Face's format has one.", error);
        }
    }

    /// <param name="name">The file, for messages.</param>
    public static JsonDocument ParseObject(ReadOnlyMemory<byte> json, string name)
    {
        try
        {
            var document = JsonDocument.Parse(json, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document
                : throw new ModelFormatException($"{name} is not a JSON object.");
        }
        catch (JsonException error)
        {
            throw new ModelFormatException($"{name} is not valid JSON: {error.Message}", error);
        }
    }

    public static byte[] Write(Action<Utf8JsonWriter> content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Indented))
        {
            writer.WriteStartObject();
            content(writer);
            writer.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}
