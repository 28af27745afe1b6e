using System.Globalization;
using System.Text.RegularExpressions;

namespace AgentOps.Pipeline;

/// <summary>Typed access to one mapping of the user's file; every refusal names the line and the key.</summary>
public sealed partial class Fields
{
    private const decimal LargestBeforeUnit = 1e18m;

    private readonly Dictionary<string, FileEntry> _entries;
    private readonly string _owner;

    /// <param name="owner">What the mapping describes, for the sentences: <c>a pipeline</c>, <c>train</c>.</param>
    /// <param name="keys">All keys it may have.</param>
    /// <exception cref="PipelineFileException">It is not a mapping, or has another key.</exception>
    public Fields(FileNode node, string owner, string? key, params IReadOnlyList<string> keys)
    {
        if (node is not FileMap map)
            throw new PipelineFileException(node.Line, key, $"expected keys and values: {string.Join(", ", keys)}.");
        foreach (var entry in map.Entries)
            if (!keys.Contains(entry.Key))
                throw new PipelineFileException(entry.Line, entry.Key, $"this is not a key of {owner}; the keys are {string.Join(", ", keys)}.");
        _entries = map.Entries.ToDictionary(e => e.Key);
        _owner = owner;
        Line = map.Line;
    }

    public int Line { get; }

    public bool Has(string key) => _entries.ContainsKey(key);

    public int LineOf(string key) => _entries.TryGetValue(key, out var entry) ? entry.Value.Line : Line;

    public int KeyLineOf(string key) => _entries[key].Line;

    public FileNode Required(string key) => _entries.TryGetValue(key, out var entry)
        ? entry.Value
        : throw new PipelineFileException(Line, key, $"{_owner} needs this key.");

    public PipelineFileException Refuse(string key, string reason) => new(LineOf(key), key, reason);

    public string Text(string key) => Required(key) is FileScalar { IsMissing: false } scalar
        ? scalar.Text
        : throw Refuse(key, "expected a single value.");

    public string? OptionalText(string key) => Has(key) ? Text(key) : null;

    /// <summary>A text that the pattern matches as a whole.</summary>
    public string Text(string key, Regex pattern, string described)
    {
        var text = Text(key);
        return pattern.IsMatch(text) ? text : throw Refuse(key, $"'{Shown(text)}' is not {described}.");
    }

    public string OneOf(string key, string? otherwise, params IReadOnlyList<string> values)
    {
        if (!Has(key) && otherwise is not null)
            return otherwise;
        var text = Text(key);
        return values.Contains(text) ? text : throw Refuse(key, $"'{Shown(text)}' is not one of {string.Join(", ", values)}.");
    }

    /// <summary>A whole number; <c>k</c> and <c>m</c> stand for thousands and millions.</summary>
    public long Whole(string key, long? otherwise, long least, long most)
    {
        if (!Has(key) && otherwise is { } value)
            return value;
        var number = Number(key, "a whole number, such as 300, 900k or 1.5m");
        if (number != decimal.Truncate(number))
            throw Refuse(key, $"{Text(key)} is not a whole number.");
        return number >= least && number <= most ? (long)number : throw Refuse(key, $"{Text(key)} is outside of {least} to {most}.");
    }

    public long? OptionalWhole(string key, long least, long most) => Has(key) ? Whole(key, null, least, most) : null;

    /// <param name="open">Whether the two bounds themselves are excluded.</param>
    public double Real(string key, double? otherwise, double least, double most, bool open = false)
    {
        if (!Has(key) && otherwise is { } value)
            return value;
        var number = (double)Number(key, "a number, such as 0.1 or 2e-4");
        var inside = open ? number > least && number < most : number >= least && number <= most;
        return inside ? number : throw Refuse(key, string.Create(CultureInfo.InvariantCulture, $"{Text(key)} is outside of {least} to {most}{(open ? ", both excluded" : "")}."));
    }

    public double? OptionalReal(string key, double least, double most, bool open = false) => Has(key) ? Real(key, null, least, most, open) : null;

    /// <summary>A duration such as <c>90s</c>, <c>10m</c>, <c>1.5h</c> or <c>7d</c>.</summary>
    public TimeSpan Duration(string key, TimeSpan otherwise, TimeSpan least, TimeSpan most)
    {
        if (!Has(key))
            return otherwise;
        var match = DurationPattern().Match(Text(key));
        if (!match.Success)
            throw Refuse(key, $"'{Shown(Text(key))}' is not a duration, such as 90s, 10m, 1.5h or 7d.");
        var unit = match.Groups[2].Value switch { "s" => 1d, "m" => 60d, "h" => 3600d, _ => 86400d };
        var seconds = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * unit;
        return seconds >= least.TotalSeconds && seconds <= most.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw Refuse(key, $"{Text(key)} is outside of {least.TotalSeconds:0} s to {most.TotalHours:0} h.");
    }

    /// <summary>A list of texts, or one text for a list of one; none of them twice.</summary>
    /// <param name="nameOf">Names an item that is a mapping; null: there is none such.</param>
    public IReadOnlyList<string> Texts(string key, Func<FileMap, string>? nameOf = null)
    {
        var node = Required(key);
        var items = node is FileList list ? list.Items : [node];
        List<string> texts = [];
        foreach (var item in items)
        {
            var text = item is FileScalar { IsMissing: false } scalar ? scalar.Text
                : item is FileMap map && nameOf is not null ? nameOf(map)
                : throw new PipelineFileException(item.Line, key, "expected a list of texts.");
            if (texts.Contains(text))
                throw new PipelineFileException(item.Line, key, $"'{Shown(text)}' stands in the list twice.");
            texts.Add(text);
        }

        return texts.Count > 0 ? texts : throw Refuse(key, "the list is empty.");
    }

    /// <summary>A list of whole numbers, or one for a list of one; none of them twice.</summary>
    public IReadOnlyList<int> Wholes(string key, int least, int most) => [.. Texts(key).Select((text, i) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new PipelineFileException(LineOf(key, i), key, $"'{Shown(text)}' is not a whole number from {least} to {most}."))];

    /// <summary>The line of one item of a list, or of one key of a mapping.</summary>
    public int LineOf(string key, int item) => _entries.TryGetValue(key, out var entry) ? entry.Value switch
    {
        FileList list when item < list.Items.Count => list.Items[item].Line,
        FileMap map when item < map.Entries.Count => map.Entries[item].Line,
        var other => other.Line,
    } : Line;

    private decimal Number(string key, string described)
    {
        var text = Text(key);
        var match = NumberPattern().Match(text);
        if (!match.Success || !decimal.TryParse(match.Groups[1].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            throw Refuse(key, $"'{Shown(text)}' is not {described}.");
        if (Math.Abs(number) > LargestBeforeUnit)
            throw Refuse(key, $"{Shown(text)} is too large.");
        return number * match.Groups[2].Value switch { "k" => 1_000m, "m" => 1_000_000m, _ => 1m };
    }

    private static string Shown(string text) => text.Length <= 60 ? text : text[..60] + "…";

    [GeneratedRegex(@"\A(-?[0-9]{1,18}(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?)([km]?)\z", RegexOptions.CultureInvariant)]
    private static partial Regex NumberPattern();

    [GeneratedRegex(@"\A([0-9]{1,9}(?:\.[0-9]{1,3})?)([smhd])\z", RegexOptions.CultureInvariant)]
    private static partial Regex DurationPattern();
}
