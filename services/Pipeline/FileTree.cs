using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace AgentOps.Pipeline;

/// <summary>A value of the user's file and the line it begins on.</summary>
public abstract record FileNode(int Line);

/// <param name="IsMissing">Whether it is empty or YAML's null.</param>
public sealed record FileScalar(string Text, bool IsMissing, int Line) : FileNode(Line);

public sealed record FileList(IReadOnlyList<FileNode> Items, int Line) : FileNode(Line);

public sealed record FileMap(IReadOnlyList<FileEntry> Entries, int Line) : FileNode(Line);

public sealed record FileEntry(string Key, int Line, FileNode Value);

/// <summary>Reads YAML, of which JSON is a part, into nodes with lines. Size and depth are bounded, and what could multiply a small file (anchors, aliases, merges) is refused.</summary>
public sealed class FileTree
{
    public const int MaxBytes = 256 * 1024;
    public const int MaxDepth = 16;

    private readonly Parser _parser;

    private FileTree(string text) => _parser = new Parser(new StringReader(text));

    /// <exception cref="PipelineFileException">The text is too large, too deep, not YAML, or not one document.</exception>
    public static FileNode Read(string text)
    {
        if (Encoding.UTF8.GetByteCount(text) > MaxBytes)
            throw new PipelineFileException(1, null, $"the file is larger than {MaxBytes / 1024} KB.");
        var tree = new FileTree(text);
        try
        {
            return tree.Document();
        }
        catch (YamlException e)
        {
            throw new PipelineFileException(Math.Clamp((int)e.Start.Line, 1, text.TrimEnd().Count(c => c == '\n') + 1), null, $"this is not valid YAML or JSON: {Sentence(e)}");
        }
    }

    private FileNode Document()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
            throw new PipelineFileException(1, null, "the file is empty.");
        _parser.Consume<DocumentStart>();
        var root = Node(1);
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out var second))
            throw new PipelineFileException(Line(second), null, "a second document begins here; a file holds one pipeline.");
        return root;
    }

    private FileNode Node(int depth)
    {
        if (_parser.TryConsume<AnchorAlias>(out var alias))
            throw new PipelineFileException(Line(alias), null, $"'*{alias.Value}' is an alias; write the value out.");
        if (!_parser.Accept<NodeEvent>(out var node))
            throw new PipelineFileException(_parser.Current is { } other ? Line(other) : 1, null, "a value is missing here.");
        if (!node.Anchor.IsEmpty)
            throw new PipelineFileException(Line(node), null, $"'&{node.Anchor.Value}' is an anchor; write the value out where it is needed.");
        if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific)
            throw new PipelineFileException(Line(node), null, $"'{node.Tag.Value}' is a tag; values need none.");
        if (depth > MaxDepth)
            throw new PipelineFileException(Line(node), null, $"the file is nested deeper than {MaxDepth} levels.");
        if (_parser.TryConsume<Scalar>(out var scalar))
            return new FileScalar(scalar.Value, IsMissing(scalar), Line(scalar));
        return _parser.TryConsume<SequenceStart>(out var list) ? List(list, depth) : Map(_parser.Consume<MappingStart>(), depth);
    }

    private FileList List(SequenceStart start, int depth)
    {
        List<FileNode> items = [];
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(Node(depth + 1));
        return new FileList(items, Line(start));
    }

    private FileMap Map(MappingStart start, int depth)
    {
        List<FileEntry> entries = [];
        var lines = new Dictionary<string, int>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var node = Node(depth + 1);
            if (node is not FileScalar key)
                throw new PipelineFileException(node.Line, null, "a key must be a single word.");
            if (!lines.TryAdd(key.Text, key.Line))
                throw new PipelineFileException(key.Line, key.Text, $"the key stands here a second time; the first is on line {lines[key.Text]}.");
            entries.Add(new FileEntry(key.Text, key.Line, Node(depth + 1)));
        }

        return new FileMap(entries, Line(start));
    }

    private static bool IsMissing(Scalar scalar) =>
        scalar.Value.Length == 0 || (scalar.Style == ScalarStyle.Plain && scalar.Value is "~" or "null" or "Null" or "NULL");

    private static int Line(ParsingEvent e) => (int)e.Start.Line;

    private static string Sentence(YamlException e) => e.Message.TrimEnd('.') + ".";
}
