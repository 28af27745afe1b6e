using AgentOps.AppModel.Processes;

namespace AgentOps.AppModel.Tests;

public sealed class A_log : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public void That_has_grown_too_large_is_set_aside_under_its_writer()
    {
        var file = Path.Combine(home.Path, "service.log");
        using var writer = new StreamWriter(new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) { AutoFlush = true };
        writer.Write("0123456789");
        LogFile.Bound(file, mostBytes: 10);
        Assert.False(File.Exists(file + ".old"));

        writer.Write("x");
        LogFile.Bound(file, mostBytes: 10);
        Assert.Equal("0123456789x", File.ReadAllText(file + ".old"));
        Assert.Equal(0, new FileInfo(file).Length);
    }

    [Fact]
    public void Shows_its_last_lines_and_no_more_than_its_last_64_KiB()
    {
        var file = Path.Combine(home.Path, "service.log");
        File.WriteAllText(file, string.Concat(Enumerable.Range(1, 30).Select(i => $"line {i}\n")));
        Assert.Equal(["line 29", "line 30"], LogTail.Last(file, 2));

        File.AppendAllText(file, new string('x', 100_000));
        Assert.Equal(64 * 1024, Assert.Single(LogTail.Last(file, 20)).Length);
    }
}
