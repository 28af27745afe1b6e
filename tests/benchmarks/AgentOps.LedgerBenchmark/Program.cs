using AgentOps.Benchmarks;
using AgentOps.Ledger;
using AgentOps.LedgerBenchmark;

// The ledger against the cheapest writer and reader of the same rows in the same PostgreSQL. README.md says what each side does.
if (args is ["write", var side, var seconds, var firstPosition])
    return await ProcessCase.WorkAsync(side, seconds, firstPosition);
if (args is ["sign", var checkpoints])
    return await SigningProcess.WorkAsync(checkpoints);

if (CommandLine.Read(args, Settings.Parse) is not { } settings)
    return 2;

await using var ledger = await PrivateLedger.StartAsync();
var folder = Path.GetDirectoryName((string)(await ledger.AdminAsync("SHOW data_directory"))!)!;
var before = Disk.SyncLatency(folder);
await using var signing = await SigningProcess.StartAsync(ledger);
var seeded = await SeededLedger.FillAsync(ledger, settings.Events);
var appending = new AppendCases(ledger, seeded);
var reading = new ReadCases(ledger, seeded);
var projecting = new ProjectionCases(ledger, seeded);
var results = new List<CaseResult>();
Case[] cases =
[
    appending.OneCaller(100, bar: 0.7),
    appending.OneCallerReadyBytes(100),
    appending.ManyCallers(8, bar: 0.8),
    reading.Decoded(bar: 0.7),
    reading.Undecoded(),
    .. await projecting.ViewAsync(bar: 0.7),
    projecting.Subscription(bar: 0.7),
    new ProcessCase(ledger, 4).Measured(),
];
foreach (var measured in cases.Where(one => one.Name.Contains(settings.Only, StringComparison.Ordinal)))
    results.Add(await CaseResult.MeasureAsync(measured, settings, SettleAsync));
var after = Disk.SyncLatency(folder);

await signing.CaughtUpAsync();
var signed = signing.Checkpoints.All();
var report = await LedgerVerification.RunAsync(ledger.Service, signing.Checkpoints.PublicKey(), signed);

Console.WriteLine(Table.Of(results));
Console.WriteLine($"fdatasync of 8 KiB beside the data: median {before.Median:F2} ms, p95 {before.P95:F2} ms before; {after.Median:F2} ms, {after.P95:F2} ms after.");
Console.WriteLine($"{settings.Pairs} pairs of {settings.Span.TotalSeconds:F0} s; {Sample.Data.Length} bytes of data and {Sample.Meta.Length} of meta an event; {Environment.ProcessorCount} cores.");
Console.WriteLine(report.Holds
    ? $"The ledger holds: {report.Events} events under {report.Checkpoints} checkpoints signed meanwhile, root {Convert.ToHexStringLower(report.Root)}."
    : $"THE LEDGER DOES NOT HOLD at position {report.Fault!.Position}: {report.Fault.Reason}");
return report.Holds && report.Sealed == report.Events && report.Checkpoints >= signed.Count && results.All(result => result.Met) ? 0 : 1;

async Task SettleAsync()
{
    await signing.CaughtUpAsync();
    await ledger.SettleAsync();
}
