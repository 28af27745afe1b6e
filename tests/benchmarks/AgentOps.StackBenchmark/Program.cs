using AgentOps.Benchmarks;
using AgentOps.StackBenchmark;

// What the whole stack costs while nobody uses it, how soon a subscriber has what was appended, and how soon it is signed.
const double MostIdle = 0.05;
const double MostMilliseconds = 50;
const double MostSecondsUnsigned = 5;

if (CommandLine.Read(args, Settings.Parse) is not { } settings)
    return 2;

await using var stack = await RunningStack.StartAsync();
await Task.Delay(settings.Settle);
var idle = await IdleCost.MeasureAsync(stack, settings.Idle);
Console.WriteLine(Table.Of(idle));
var latency = await SubscriberLatency.MeasureAsync(stack, settings.Samples);
var signatures = await SignatureLag.MeasureAsync(stack, settings.Load);
var (quiet, prompt, signed) = (idle.Share < MostIdle, latency.At(0.95) <= MostMilliseconds, signatures.Most <= MostSecondsUnsigned);
Console.WriteLine($"""
    | measured | figure | bar | met |
    |---|---|---|---|
    | idle stack, of one core | {idle.Share:P2} | < {MostIdle:P0} | {(quiet ? "yes" : "NO")} |
    | append to subscriber, p95 of {settings.Samples} | {latency.At(0.95):F1} ms (p50 {latency.At(0.5):F1}, max {latency.Milliseconds[^1]:F1}) | <= {MostMilliseconds:F0} ms | {(prompt ? "yes" : "NO")} |
    | append to signature, the most of {signatures.Events} events at {signatures.Rate:F0} a second | {signatures.Most:F2} s (p50 {signatures.Median:F2}) | <= {MostSecondsUnsigned:F0} s | {(signed ? "yes" : "NO")} |

    """);
return quiet && prompt && signed ? 0 : 1;
