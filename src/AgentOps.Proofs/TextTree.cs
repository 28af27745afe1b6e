namespace AgentOps.Proofs;

/// <summary>A thing and what hangs below it, drawn with lines.</summary>
/// <param name="kind">What sort of thing it is; empty for what is said in words.</param>
/// <param name="name">Which one, or what is said; empty for a remark.</param>
/// <param name="note">What is said of it.</param>
public sealed class TextTree(string kind, string name, string note = "")
{
    private readonly List<TextTree> _branches = [];

    public string Kind => kind;

    public string Name => name;

    public string Note => note;

    public static TextTree Remark(string note) => new("", "", note);

    /// <summary>What is said in words of the thing above.</summary>
    public static TextTree Said(string line) => new("", line);

    /// <returns>The branch, which may have branches of its own.</returns>
    public TextTree Add(TextTree branch)
    {
        _branches.Add(branch);
        return branch;
    }

    /// <summary>One line for each thing, the root first.</summary>
    /// <param name="shown">How a thing looks; null: its kind, name and note as plain text.</param>
    public IEnumerable<string> Lines(Func<TextTree, string>? shown = null) => Lines(shown ?? Plain, "", "");

    private IEnumerable<string> Lines(Func<TextTree, string> shown, string before, string below)
    {
        yield return before + shown(this);
        foreach (var (at, branch) in _branches.Index())
            foreach (var line in at < _branches.Count - 1 ? branch.Lines(shown, below + "├── ", below + "│   ") : branch.Lines(shown, below + "└── ", below + "    "))
                yield return line;
    }

    private static string Plain(TextTree thing) => PlainText.Of(string.Join(' ', new[] { thing.Kind, thing.Name, thing.Note }.Where(part => part.Length > 0)));
}
