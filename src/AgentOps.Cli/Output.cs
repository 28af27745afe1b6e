using System.CommandLine;
using System.Text.Json;
using AgentOps.Proofs;
using Spectre.Console;

namespace AgentOps.Cli;

/// <summary>How commands answer: tables for people, one JSON document with <c>--json</c>.</summary>
public static class Output
{
    public static readonly Option<bool> Json = new("--json") { Description = "Print JSON instead of tables.", Recursive = true };

    public static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>In a pipe or a file: plain text, wide enough that nothing is broken.</summary>
    public static void Plan()
    {
        if (!Console.IsOutputRedirected)
            return;
        AnsiConsole.Profile.Capabilities.Ansi = false;
        AnsiConsole.Profile.Width = 200;
    }

    /// <summary>Runs a command and turns its failure into one sentence and an exit code.</summary>
    public static Func<ParseResult, CancellationToken, Task<int>> Command(Func<ParseResult, Gateway, CancellationToken, Task<int>> run) => async (parsed, ct) =>
    {
        try
        {
            using var gateway = Connection.Open(parsed);
            return await run(parsed, gateway, ct);
        }
        catch (CommandFailedException failed)
        {
            await Console.Error.WriteLineAsync(failed.Message);
            return failed.ExitCode;
        }
    };

    /// <summary>Prints the document as it is, or what <paramref name="show"/> makes of it.</summary>
    public static int Print(ParseResult parsed, JsonElement document, Action<JsonElement> show)
    {
        if (parsed.GetValue(Json))
            Console.WriteLine(JsonSerializer.Serialize(document, Indented));
        else
            show(document);
        return ExitCode.Success;
    }

    public static Table Table(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns)
            table.AddColumn(new TableColumn(Markup.Escape(column)));
        return table;
    }

    /// <summary>A member's value as text; empty where it is absent.</summary>
    public static string Text(this JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var value)
            ? value.ValueKind == JsonValueKind.String ? value.GetString()! : value.ValueKind == JsonValueKind.Null ? "" : value.ToString()
            : "";

    /// <summary>For Spectre's markup, and without what a terminal would obey.</summary>
    public static string Plain(string text) => Markup.Escape(Printable(text));

    /// <summary>Text from elsewhere without control characters.</summary>
    public static string Printable(string text) => PlainText.Of(text);
}
