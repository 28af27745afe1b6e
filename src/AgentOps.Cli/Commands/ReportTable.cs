using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace AgentOps.Cli.Commands;

/// <summary>An evaluation's report: success on held-out tasks by task type with 95 % intervals, and the paired tests.</summary>
public static class ReportTable
{
    public static void Show(JsonElement report)
    {
        AnsiConsole.Write(Policies(report));
        AnsiConsole.Write(Pairs(report));
    }

    private static Table Policies(JsonElement report)
    {
        var policies = report.GetProperty("policies").EnumerateArray().ToList();
        var types = policies.SelectMany(p => p.GetProperty("byTaskType").EnumerateObject().Select(t => t.Name)).Distinct().Order(StringComparer.Ordinal).ToList();
        var table = Output.Table(["policy", "success (95 %)", "failed", .. types]);
        table.Title = new TableTitle("Success on held-out tasks");
        foreach (var policy in policies)
            table.AddRow(
            [
                Output.Plain(policy.Text("name")), Share(policy.GetProperty("success"), interval: true), Output.Plain(policy.Text("failed")),
                .. types.Select(type => policy.GetProperty("byTaskType").TryGetProperty(type, out var share) ? Share(share, interval: false) : ""),
            ]);
        return table;
    }

    private static Table Pairs(JsonElement report)
    {
        var table = Output.Table("pair", "only first", "only second", "p (exact McNemar)");
        table.Title = new TableTitle("Paired on the same tasks");
        foreach (var pair in report.GetProperty("pairs").EnumerateArray())
            table.AddRow(
                Output.Plain($"{pair.Text("a")} / {pair.Text("b")}"), pair.Text("onlyA"), pair.Text("onlyB"),
                P(pair.GetProperty("p").GetDouble()));
        return table;
    }

    private static string P(double p) => p < 0.0001 ? "< 0.0001" : p.ToString("0.0000", CultureInfo.InvariantCulture);

    /// <summary>A dash where nothing was completed: no figure is not a zero.</summary>
    private static string Share(JsonElement share, bool interval)
    {
        if (share.GetProperty("of").GetInt32() == 0)
            return "–";
        var of = $"{share.Text("successes")}/{share.Text("of")}";
        return interval
            ? string.Create(CultureInfo.InvariantCulture, $"{share.GetProperty("rate").GetDouble():P1} ({share.GetProperty("low").GetDouble():P1}–{share.GetProperty("high").GetDouble():P1}) {of}")
            : of;
    }
}
