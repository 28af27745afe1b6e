using AgentOps.AppModel;
using AgentOps.Benchmarks;
using AgentOps.DecoderBenchmark;
using AgentOps.DecoderBenchmark.Bare;
using AgentOps.DecoderBenchmark.Served;
using AgentOps.Models.Decoding;

if (CommandLine.Read(args, Settings.Parse) is not { } settings)
    return 2;

// libtorch keeps a pool of threads for each thread that calls it: everything that does runs here, before the first await.
Prerequisites.EnsureAsync(Prerequisites.Torch, (source, line) => Console.Error.WriteLine($"{source}: {line}")).GetAwaiter().GetResult();
TorchSharp.torch.set_num_threads(settings.Threads);
using var policy = BenchmarkModel.Create();
Console.Error.WriteLine(BenchmarkModel.Describe(policy));
var rows = new List<Row>();
if (settings.Bare)
    rows.AddRange(BareComparison.Run(settings, policy));
if (settings.Served)
    rows.AddRange(await ServedComparison.RunAsync(settings, policy.Snapshot()));
Console.WriteLine(Row.Table(rows));
return rows.All(row => row.IsMet) ? 0 : 1;
