using System.CommandLine;
using System.Text.Json;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops chat DEPLOYMENT "…"</c>.</summary>
public static class ChatCommand
{
    private static readonly Argument<string> Model = new("model") { Description = "A deployment's name or a checkpoint's digest." };
    private static readonly Argument<string> Text = new("text") { Description = "What to say." };

    public static Command Create() => new Command("chat", "One answer of a served model.") { Model, Text }.Doing(async (parsed, gateway, ct) =>
        Output.Print(parsed, await AskAsync(gateway, parsed.GetValue(Model)!, parsed.GetValue(Text)!, ct), answer => Console.WriteLine(Content(answer))));

    public static Task<JsonElement> AskAsync(Gateway gateway, string model, string text, CancellationToken ct) => gateway.PostAsync("/v1/chat/completions",
        new { model, messages = new[] { new { role = "user", content = text } }, temperature = 0, max_tokens = 64 }, ct);

    public static string Content(JsonElement answer) => answer.GetProperty("choices")[0].GetProperty("message").Text("content");
}
