using System.Text.Json;
using AgentOps.Proofs;
using Spectre.Console;

namespace AgentOps.Cli;

/// <summary>How trees, and the references in them, look on a terminal.</summary>
public static class Trees
{
    public static void Show(TextTree tree)
    {
        foreach (var line in tree.Lines(Styled))
            AnsiConsole.MarkupLine(line);
    }

    /// <summary>A reference's kind and id, with Spectre's markup.</summary>
    public static string Name(JsonElement reference) => Styled(Tree(reference));

    public static TextTree Tree(JsonElement reference, string note = "") => new(reference.Text("kind"), LineageTree.Shortened(reference.Text("id")), note);

    private static string Styled(TextTree thing)
    {
        var name = thing.Kind.Length > 0 ? $"[bold]{Output.Plain(thing.Kind)}[/] {Output.Plain(thing.Name)}" : Output.Plain(thing.Name);
        return thing.Note.Length == 0 ? name : $"{name} [grey]{Output.Plain(thing.Note)}[/]".TrimStart();
    }
}
