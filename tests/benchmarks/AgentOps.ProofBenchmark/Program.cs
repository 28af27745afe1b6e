using System.Diagnostics;
using System.Globalization;
using AgentOps.Benchmarks;
using AgentOps.ProofBenchmark;
using AgentOps.Proofs;

// How fast a whole exported ledger is verified offline, on one thread: every leaf and the root at every checkpoint are made again.
const double LeastRate = 100_000;

if (CommandLine.Read(args, Settings.Parse) is not { } settings)
    return 2;

var file = Path.GetTempFileName();
try
{
    NoteKey key;
    using (var target = new BufferedStream(File.Create(file), 1 << 20))
        key = SampleExport.Write(target, settings);
    var rates = new List<double>();
    for (var repetition = 0; repetition <= settings.Repetitions; repetition++)
    {
        using var content = new FileStream(file, new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan });
        var (processor, start) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        var report = ExportVerifier.Verify(content, key);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (report.Fault is { } fault || report.Events != settings.Events)
            throw new InvalidOperationException($"The sample does not verify: {report.Fault}");
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{(repetition == 0 ? "warm-up" : $"repetition {repetition}")}: {report.Events / seconds:F0} events/s, {(Environment.CpuUsage.TotalTime - processor).TotalSeconds / seconds:F2} cores"));
        if (repetition > 0)
            rates.Add(report.Events / seconds);
    }
    var median = Median.Of(rates);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
        | verified offline | events/s, median of {rates.Count} | least | most | MB/s of file | bar | met |
        |---|---|---|---|---|---|---|
        | {settings.Events} events of {settings.Bytes} bytes, a checkpoint every {settings.Between} | {median:F0} | {rates.Min():F0} | {rates.Max():F0} | {new FileInfo(file).Length * median / settings.Events / 1e6:F0} | >= {LeastRate:F0} | {(median >= LeastRate ? "yes" : "NO")} |
        """));
    return median >= LeastRate ? 0 : 1;
}
finally
{
    File.Delete(file);
}
