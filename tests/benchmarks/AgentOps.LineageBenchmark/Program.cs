using System.Diagnostics;
using AgentOps.Benchmarks;
using AgentOps.LineageBenchmark;

// What lineage costs while the ledger grows tenfold. README.md says what is asked.
if (CommandLine.Read(args, Settings.Parse) is not { } settings)
    return 2;

await using var ledger = await PrivateLedger.StartAsync();
var questions = new Questions(ledger, settings.Times);

var small = await History.FillAsync(ledger, "small", settings.Small, settings.Events);
await ledger.SeeAsync();
var before = await questions.AskAsync(small, settings.Small);

var large = await History.FillAsync(ledger, "large", settings.Large, settings.Events * 10);
var building = Stopwatch.StartNew();
await ledger.SeeAsync();
var built = building.Elapsed;
var after = await questions.AskAsync(small, settings.Small);
var answers = await questions.AskAsync(large, settings.Large);

const double Most = 1.3;
var ratio = after[0].P50 / before[0].P50;
Console.WriteLine("| question | events | p50, ms | p95, ms | bar | |\n|---|---|---|---|---|---|");
foreach (var answer in (IEnumerable<Answered>)[.. before, .. after, .. answers])
    Console.WriteLine($"| {answer.Question} | {answer.Events:N0} | {answer.P50:F1} | {answer.P95:F1} | {(answer.Bar is { } bar ? $"p95 < {bar} | {(answer.Met ? "met" : "MISSED")}" : " | ")} |");
Console.WriteLine($"| summary, tenfold the events | | {ratio:F2} times | | at most {Most} | {(ratio <= Most ? "met" : "MISSED")} |");
Console.WriteLine($"\nEach {settings.Times} times; the view of {after[0].Events:N0} events was built in {built.TotalSeconds:F0} s; {Environment.ProcessorCount} cores.");
return ratio <= Most && answers.All(answer => answer.Met) ? 0 : 1;
