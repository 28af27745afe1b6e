using AgentOps.Artifacts;
using AgentOps.Artifacts.Tests;
using AgentOps.Contracts;
using AgentOps.Hosting;

namespace AgentOps.PreferenceBuilder.Tests;

/// <summary>A list of members may be long, and whoever may look at data sets may ask for it again and again.</summary>
public sealed class how_much_of_a_list_is_read : IDisposable
{
    private const int Samples = 2_000;
    private readonly TemporaryFolder _folder = new();
    private readonly ArtifactStore _store;
    private readonly MemberFiles _files;

    public how_much_of_a_list_is_read()
    {
        _store = new(_folder.Path);
        _files = new(_store, TimeSpan.Zero);
    }

    [Fact]
    public async Task A_further_page_reads_its_own_samples_and_not_the_others()
    {
        var list = await StoredAsync();
        await PageAsync(list, 0);
        SpoilTheLast(list, keepTime: true);

        Assert.Equal((Samples, 5), await PageAsync(list, 0));
        await Assert.ThrowsAsync<ArtifactCorruptException>(() => _files.OfWholeAsync(list, members => members.Count, default));
    }

    [Fact]
    public async Task A_list_that_was_written_again_since_is_verified_again()
    {
        var list = await StoredAsync();
        await PageAsync(list, 0);
        SpoilTheLast(list, keepTime: false);

        await Assert.ThrowsAsync<ArtifactCorruptException>(() => PageAsync(list, 0));
    }

    [Fact]
    public async Task A_list_that_is_gone_since_is_missed()
    {
        var list = await StoredAsync();
        await PageAsync(list, 0);
        File.Delete(_store.PathOf(list));

        await Assert.ThrowsAsync<ArtifactMissingException>(() => PageAsync(list, 0));
    }

    [Fact]
    public async Task One_more_than_may_read_whole_lists_at_once_is_told_to_ask_again_and_pages_of_what_is_known_go_on()
    {
        var (known, other) = (await StoredAsync(), await StoredAsync(Samples + 1));
        await PageAsync(known, 0);
        using var done = new ManualResetEventSlim();
        using var begun = new CountdownEvent(MemberFiles.MostWholeAtOnce);
        var readers = Enumerable.Range(0, MemberFiles.MostWholeAtOnce).Select(_ => Task.Run(() => _files.OfWholeAsync(known, members =>
        {
            begun.Signal();
            done.Wait();
            return members.Count;
        }, default))).ToList();
        begun.Wait();

        foreach (var refused in (Func<Task>[])[() => _files.OfWholeAsync(known, members => members.Count, default), () => PageAsync(other, 0)])
            Assert.Equal((503, "members-being-read"), await Assert.ThrowsAsync<ProblemException>(refused) is var problem ? (problem.Status, problem.Kind) : default);
        Assert.Equal((Samples, 5), await PageAsync(known, 5));
        done.Set();
        Assert.All(await Task.WhenAll(readers), count => Assert.Equal(Samples, count));
        Assert.Equal((Samples + 1, 5), await PageAsync(other, 0));
    }

    public void Dispose()
    {
        _files.Dispose();
        _folder.Dispose();
    }

    private async Task<(int All, int Part)> PageAsync(Digest list, int first) => await _files.PartAsync(list, first, 5, default) is var (all, part) ? (all, part.Count) : default;

    private Task<Digest> StoredAsync(int samples = Samples) =>
        _store.PutAsync(MemberList.Of(Enumerable.Range(0, samples).Select(i => new DataLine<int>(i, TrajectoryId.From(NameBasedGuid.Of("member", i.ToString()))))).Bytes);

    private void SpoilTheLast(Digest list, bool keepTime)
    {
        var path = _store.PathOf(list);
        var written = File.GetLastWriteTimeUtc(path);
        using (var file = File.OpenWrite(path))
        {
            file.Position = file.Length - 2;
            file.WriteByte((byte)'x');
        }
        File.SetLastWriteTimeUtc(path, keepTime ? written : written.AddSeconds(1));
    }
}
