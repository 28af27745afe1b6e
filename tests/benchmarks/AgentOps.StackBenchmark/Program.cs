using AgentOps.Benchmarks;
using AgentOps.StackBenchmark;

// What the whole stack costs while nobody uses it, and how soon a subscriber has what was appended.
const double MostIdle = 0.05;
const double MostMilliseconds = 50;

if (CommandLine.Read(args, Settings.Parse) is not { } settings)
    return 2;

await using var stack = await RunningStack.StartAsync();
await Task.Delay(settings.Settle);
var idle = await IdleCost.MeasureAsync(stack, settings.Idle);
Console.WriteLine(Table.Of(idle));
var latency = await SubscriberLatency.MeasureAsync(stack, settings.Samples);
var (quiet, prompt) = (idle.Share < MostIdle, latency.At(0.95) <= MostMilliseconds);
Console.WriteLine($"""
    | measured | figure | bar | met |
    |---|---|---|---|
    | idle stack, of one core | {idle.Share:P2} | < {MostIdle:P0} | {(quiet ? "yes" : "NO")} |
    | append to subscriber, p95 of {settings.Samples} | {latency.At(0.95):F1} ms (p50 {latency.At(0.5):F1}, max {latency.Milliseconds[^1]:F1}) | <= {MostMilliseconds:F0} ms | {(prompt ? "yes" : "NO")} |

    """);
return quiet && prompt ? 0 : 1;
