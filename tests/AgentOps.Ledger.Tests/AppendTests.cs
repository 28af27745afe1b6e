using System.Text;

namespace AgentOps.Ledger.Tests;

public sealed class AppendTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    [Fact]
    public async Task What_is_appended_reads_back_in_order_with_all_that_was_said()
    {
        var store = Ledger.Store();
        var run = Guid.CreateVersion7();
        var written = Facts.Write("training-a", Expected.NoStream, new Noted("tab\t, nul \0, emoji 🙂"), new Counted(2));

        var result = await store.AppendAsync([written], Facts.Tester with { Run = run, SubjectKey = "k1" });

        Assert.Equal(new AppendResultShape(false, 2), new(result.Repeated, result.Position));
        var read = await store.ReadStreamAsync("training-a").ToListAsync();
        Assert.Equal([1L, 2L], read.Select(e => e.Position));
        Assert.Equal([1, 2], read.Select(e => e.Version));
        Assert.Equal(written.Events.Select(e => e.Data), read.Select(e => e.Data));
        Assert.Equal(written.Events.Select(e => e.Id), read.Select(e => e.Id));
        Assert.Equal(["training.noted.v1", "training.counted.v1"], read.Select(e => e.Type));
        Assert.All(read, e => Assert.Equal(new EventMeta("tester", "trainer", "test", run, SubjectKey: "k1"), e.Meta));
    }

    [Fact]
    public async Task A_stream_at_another_version_is_a_conflict_and_nothing_is_stored()
    {
        var store = Ledger.Store();
        await store.AppendAsync([Facts.Write("training-a", Expected.NoStream, new Counted(1), new Counted(2))], Facts.Tester);

        foreach (var expected in new[] { Expected.NoStream, Expected.Version(1), Expected.Version(3) })
        {
            var conflict = await Assert.ThrowsAsync<VersionConflictException>(() =>
                store.AppendAsync([Facts.Write("training-a", expected, new Counted(9))], Facts.Tester));
            Assert.Equal(("training-a", 2), (conflict.Stream, conflict.Version));
        }
        Assert.Equal(2, await store.HeadAsync());
        Assert.Equal(3, (await store.AppendAsync([Facts.Write("training-a", Expected.Version(2), new Counted(3))], Facts.Tester)).Position);
    }

    [Fact]
    public async Task An_append_over_several_streams_is_all_or_nothing()
    {
        var store = Ledger.Store();
        await store.AppendAsync([Facts.Write("training-b", Expected.NoStream, new Counted(1))], Facts.Tester);

        await Assert.ThrowsAsync<VersionConflictException>(() => store.AppendAsync(
            [Facts.Write("training-a", Expected.NoStream, new Counted(1)), Facts.Write("training-b", Expected.NoStream, new Counted(2))], Facts.Tester));
        Assert.Equal(1, await store.HeadAsync());

        var both = await store.AppendAsync(
            [Facts.Write("training-a", Expected.NoStream, new Counted(1)), Facts.Write("training-b", Expected.Version(1), new Counted(2))], Facts.Tester);
        Assert.Equal([new("training-a", 2, 2, 1), new WrittenStream("training-b", 3, 3, 2)], both.Writes);
    }

    [Fact]
    public async Task The_same_ids_again_return_where_they_were_stored_the_first_time()
    {
        var store = Ledger.Store();
        var write = Facts.Write("training-a", Expected.NoStream, new Counted(1), new Counted(2));
        var first = await store.AppendAsync([write], Facts.Tester);
        await store.AppendAsync([Facts.Write("training-a", Expected.Any, new Counted(3))], Facts.Tester);

        var second = await store.AppendAsync([write], Facts.Tester);

        Assert.True(second.Repeated);
        Assert.Equal(first.Writes, second.Writes);
        Assert.Equal(3, await store.HeadAsync());
    }

    [Fact]
    public async Task The_same_id_for_another_stream_or_type_is_an_error()
    {
        var store = Ledger.Store();
        var id = Guid.CreateVersion7();
        await store.AppendAsync([new("training-a", Expected.Any, [new(id, new Counted(1))])], Facts.Tester);

        var elsewhere = await Assert.ThrowsAsync<AppendRefusedException>(() =>
            store.AppendAsync([new("training-b", Expected.Any, [new(id, new Counted(1))])], Facts.Tester));
        Assert.Contains("training-a", elsewhere.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<AppendRefusedException>(() =>
            store.AppendAsync([new("training-a", Expected.Any, [new(id, new Noted("x"))])], Facts.Tester));
        Assert.Equal(1, await store.HeadAsync());
    }

    [Fact]
    public async Task A_repeat_mixed_with_new_events_is_refused()
    {
        var store = Ledger.Store();
        var write = Facts.Write("training-a", Expected.NoStream, new Counted(1));
        await store.AppendAsync([write], Facts.Tester);

        var mixed = new StreamWrite("training-a", Expected.Any, [.. write.Events, new(Guid.CreateVersion7(), new Counted(2))]);
        await Assert.ThrowsAsync<AppendRefusedException>(() => store.AppendAsync([mixed], Facts.Tester));
        Assert.Equal(1, await store.HeadAsync());
    }

    [Fact]
    public async Task An_event_of_64_KiB_is_taken_and_one_byte_more_is_refused()
    {
        var store = Ledger.Store();
        await store.AppendAsync([Facts.Write("training-a", Expected.Any, new Noted(""))], Facts.Tester);
        var envelope = Convert.ToInt32(await Ledger.AdminAsync("SELECT octet_length(data::text) + octet_length(meta::text) FROM ledger.event"));
        var room = 65_536 - envelope;

        await store.AppendAsync([Facts.Write("training-a", Expected.Any, new Noted(new string('x', room)))], Facts.Tester);
        var refused = await Assert.ThrowsAsync<AppendRefusedException>(() =>
            store.AppendAsync([Facts.Write("training-a", Expected.Any, new Noted(new string('x', room + 1)))], Facts.Tester));

        Assert.Contains("65537", refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, await store.HeadAsync());
    }

    [Theory]
    [InlineData("Training-a")]
    [InlineData("training")]
    [InlineData("training-")]
    public async Task A_stream_is_named_category_and_id(string stream) =>
        await Assert.ThrowsAsync<AppendRefusedException>(() =>
            Ledger.Store().AppendAsync([Facts.Write(stream, Expected.Any, new Counted(1))], Facts.Tester));

    [Fact]
    public async Task A_stream_name_is_at_most_200_bytes()
    {
        var store = Ledger.Store();
        var longest = "training-" + new string('x', 200 - Encoding.UTF8.GetByteCount("training-"));
        await store.AppendAsync([Facts.Write(longest, Expected.Any, new Counted(1))], Facts.Tester);
        await Assert.ThrowsAsync<AppendRefusedException>(() =>
            store.AppendAsync([Facts.Write(longest + "x", Expected.Any, new Counted(1))], Facts.Tester));
    }

    private sealed record AppendResultShape(bool Repeated, long Position);
}
