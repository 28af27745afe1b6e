using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary>A run as a table of its steps.</summary>
public static class RunTable
{
    public static void Show(JsonElement run) => AnsiConsole.Write(Of(run));

    public static Table Of(JsonElement run)
    {
        var table = Output.Table("step", "kind", "status", "progress", "took", "result");
        table.Title = new TableTitle($"{Output.Plain(run.Text("name"))}  {Output.Plain(run.Text("id"))}  {Output.Plain(Ended(run))}");
        foreach (var step in run.GetProperty("steps").EnumerateArray())
            table.AddRow(
                Output.Plain(step.Text("path") + (step.Text("name") is { Length: > 0 } name ? $" ({name})" : "")),
                Output.Plain(step.Text("kind")), Coloured(step.Text("status")), Output.Plain(Progress(step)), Took(step), Output.Plain(Result(step)));
        return table;
    }

    /// <summary>Done of total with its unit, such as <c>150/200 episodes</c>.</summary>
    public static string Progress(JsonElement step) => step.TryGetProperty("progress", out var progress) && progress.ValueKind == JsonValueKind.Object
        ? $"{progress.Text("done")}/{progress.Text("total")} {progress.Text("unit")}"
        : "";

    /// <summary>The status, and behind it, once the run has ended, how long it took from its submission, such as <c>succeeded in 3 min 29 s</c>.</summary>
    public static string Ended(JsonElement run) => Time(run, "submittedAt") is { } submitted && Time(run, "endedAt") is { } ended
        ? string.Create(CultureInfo.InvariantCulture, $"{run.Text("status")} in {Span(ended - submitted)}")
        : run.Text("status");

    private static string Span(TimeSpan span) => span.TotalMinutes < 1
        ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(span.TotalMinutes):0} min {span.Seconds} s");

    private static DateTimeOffset? Time(JsonElement element, string member) => DateTimeOffset.TryParse(element.Text(member), CultureInfo.InvariantCulture, out var time) ? time : null;

    private static string Coloured(string status) => status switch
    {
        "succeeded" => "[green]succeeded[/]",
        "running" => "[yellow]running[/]",
        "failed" or "cancelled" => $"[red]{status}[/]",
        var other => Output.Plain(other),
    };

    private static string Took(JsonElement step) => Time(step, "startedAt") is { } started ? Span((Time(step, "endedAt") ?? DateTimeOffset.UtcNow) - started) : "";

    /// <summary>The reason of a failure, or the figures that matter.</summary>
    private static string Result(JsonElement step)
    {
        if (step.Text("reason") is { Length: > 0 } reason)
            return reason;
        if (step.Text("status") == "running" && step.TryGetProperty("progress", out var progress) && progress.Text("unit") == "reviews")
            return "waits for people: agentops reviews start";
        if (!step.TryGetProperty("metrics", out var metrics) || metrics.ValueKind != JsonValueKind.Object)
            return "";
        var figures = metrics.EnumerateObject().Where(m => m.Value.ValueKind == JsonValueKind.Number).Take(4).Select(m => $"{m.Name} {Figure(m.Value.GetDouble())}");
        return string.Join(", ", Kept(step) is { } kept ? figures.Prepend($"kept {kept}") : figures);
    }

    /// <summary>The policy that goes on, where an evaluation chose one.</summary>
    private static string? Kept(JsonElement step) => step.Text("model") is { Length: > 0 } model && step.TryGetProperty("report", out var report) && report.ValueKind == JsonValueKind.Object
        ? report.GetProperty("policies").EnumerateArray().FirstOrDefault(policy => policy.GetProperty("policy").Text("model") == model) is { ValueKind: JsonValueKind.Object } policy ? policy.Text("name") : null
        : null;

    /// <summary>Four places behind the point; what would round to nothing is written with its power of ten.</summary>
    public static string Figure(double value) => value.ToString(value != 0 && Math.Abs(value) < 0.001 ? "0.0e0" : "0.####", CultureInfo.InvariantCulture);
}
