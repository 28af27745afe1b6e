using AgentOps.Benchmarks;
using AgentOps.LearnProbe;

// How settings of the learning recipe are chosen: no service, no ledger, everything in this process. Measure on dev; test is for the final table.
if (CommandLine.Read(args, Settings.Parse) is not { } settings)
    return 2;

TorchSharp.torch.set_num_threads(settings.Threads);
var results = new List<StageResult>();
foreach (var seed in settings.Seeds)
    results.AddRange(await new Probe(settings, seed).RunAsync());
Console.WriteLine();
Console.WriteLine(Table.Of(results, settings.Stages.FirstOrDefault()?.Text));
return 0;
