namespace AgentOps.Artifacts.Tests;

public sealed class When_several_write_one_file : IDisposable
{
    private const int Writers = 8;
    private const int Files = 400;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_first_stays_whatever_the_others_write_at_the_same_time()
    {
        using var together = new Barrier(Writers);
        var read = new string[Writers][];
        var writers = Enumerable.Range(0, Writers).Select(writer => new Thread(() => read[writer] = [.. Enumerable.Range(0, Files).Select(file => WriteAndRead(file, writer, together))])).ToArray();
        foreach (var writer in writers)
            writer.Start();
        foreach (var writer in writers)
            writer.Join();

        Assert.All(Enumerable.Range(0, Files), file => Assert.Single(read.Select(texts => texts[file]).Distinct()));
        Assert.Equal(Files, _folder.Below(".").Count);
    }

    /// <returns>What the file says to this writer, as soon as it has written.</returns>
    private string WriteAndRead(int file, int writer, Barrier together)
    {
        var path = Path.Combine(_folder.Path, $"{file}");
        together.SignalAndWait();
        DurableFile.WriteOnce(path, $"writer {writer}", DurableFile.Private);
        return File.ReadAllText(path);
    }

    [Fact]
    public void What_cannot_be_written_is_an_error_and_leaves_nothing_behind()
    {
        var path = Path.Combine(_folder.Path, "missing", "file");

        Assert.ThrowsAny<IOException>(() => DurableFile.WriteOnce(path, "text", DurableFile.Private));
        Assert.Empty(_folder.Below("."));
    }
}
