using AgentOps.AppModel;
using AgentOps.Benchmarks;
using AgentOps.TrainBenchmark;

if (CommandLine.Read(args, Settings.Parse) is not { } settings)
    return 2;

// libtorch keeps a pool of threads for each thread that calls it: everything runs on this one.
Prerequisites.EnsureAsync(Prerequisites.Torch, (source, line) => Console.Error.WriteLine($"{source}: {line}")).GetAwaiter().GetResult();
TorchSharp.torch.set_num_threads(settings.Threads);
using var policy = BenchmarkModel.Create();
Console.Error.WriteLine(BenchmarkModel.Describe(policy));
var folder = Directory.CreateTempSubdirectory("agentops-train-benchmark-");
var rows = new List<Row>();
try
{
    if (settings.Has("python"))
        rows.AddRange(PythonComparison.Run(settings, folder.FullName, policy));
    if (settings.Has("packing"))
        rows.AddRange(PackingComparison.Run(settings, Path.Combine(folder.FullName, "packing"), policy));
    if (settings.Has("memory"))
        rows.AddRange(MemoryMeasurement.Run(settings, Path.Combine(folder.FullName, "memory")));
}
finally
{
    folder.Delete(recursive: true);
}
Console.WriteLine(Row.Table(rows));
return rows.All(row => row.IsMet) ? 0 : 1;
