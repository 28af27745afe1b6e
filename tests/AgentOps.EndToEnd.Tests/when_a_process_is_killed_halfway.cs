using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.EndToEnd.Tests;

[Collection(OneStack.Name)]
public sealed class when_a_process_is_killed_halfway(Stack stack) : IAsyncLifetime
{
    private IReadOnlyList<StoredEvent> _undisturbed = [];

    public async Task InitializeAsync() => _undisturbed = await stack.EndOfAsync(await stack.UndisturbedAsync());

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task What_was_appended_and_not_published_or_published_and_not_confirmed_is_published_by_the_next_relay()
    {
        await using var relay = await RelayWatch.OpenAsync(stack, "step.requested.v1", "judgement.completed.v1");
        var (run, unpublished, judged) = await AppendWithoutRelayAsync(relay);
        await using var given = judged;
        var unconfirmed = await PublishWithoutConfirmationAsync(relay, run, judged);
        await stack.AssertAsUndisturbedAsync(run);

        Assert.Equal(1, await relay.CountAsync(unpublished));
        Assert.Equal(2, await relay.CountAsync(unconfirmed));
    }

    [Fact]
    public async Task A_delivery_that_dies_in_its_append_is_answered_once_whether_the_append_was_stored_or_not()
    {
        var promotion = _undisturbed.First(f => f.Data is ModelVersionRegistered).Stream;
        await using var promoted = await TakenPlace.TakeAsync(stack, promotion, await stack.Facts.VersionAsync(promotion) + 1);
        var run = await stack.SubmitAsync("small-loop.yaml");
        var played = await TakeFirstAsync<ShardCompleted>(run, id => GenerationId.Of(id, "1.generate", "expert").Stream());
        var judged = await TakeFirstAsync<JudgementShardCompleted>(run, id => JudgementId.Of(id, "2.judge").Stream());

        await KillInAppendAsync("generator", played, stored: false);
        await KillInAppendAsync("judge", judged, stored: true);
        await KillInAppendAsync("registry", promoted, stored: false);
        await stack.AssertAsUndisturbedAsync(run);
    }

    [Fact]
    public async Task A_delivery_that_comes_again_while_its_first_append_still_hangs_is_recorded_once()
    {
        await using var patient = await PatientRoles.MakeAsync(stack, "generator", "judge");
        var run = await stack.SubmitAsync("small-loop.yaml");
        await using var played = await TakeFirstAsync<ShardCompleted>(run, id => GenerationId.Of(id, "1.generate", "expert").Stream());
        await using var judged = await TakeFirstAsync<JudgementShardCompleted>(run, id => JudgementId.Of(id, "2.judge").Stream());

        await AppendTwiceAsync("generator", played);
        await AppendTwiceAsync("judge", judged);
        await stack.AssertAsUndisturbedAsync(run);
    }

    [Fact]
    public async Task A_half_written_checkpoint_model_or_token_file_is_written_again_and_never_read()
    {
        using var files = new TemporaryFiles(stack);
        var run = await stack.SubmitAsync("small-loop.yaml");
        var checkpoint = await files.KillAmidFolderAsync(stack, "trainer", folder => !IsModel(folder));
        var model = await files.KillAmidFolderAsync(stack, "trainer", IsModel);

        var played = await TakeFirstAsync<ShardCompleted>(run, id => GenerationId.Of(id, "4.evaluate", "sft").Stream());
        await stack.Facts.WaitForAsync("the episodes of the trained model", run, e => e is EpisodesRequested);
        using (var tokens = new TemporaryFiles(stack))
            await tokens.NextSingleFileAsync();
        await KillAsync("generator", played, stored: false);
        await stack.AssertAsUndisturbedAsync(run);

        // They lie where a new store finds and removes them, and no digest leads to them.
        Assert.True(Directory.Exists(checkpoint) && Directory.Exists(model));
    }

    private static bool IsModel(string folder) => File.Exists(Path.Combine(folder, "config.json"));

    /// <summary>The relay stands still before a run is submitted and is killed when the run's first step has been asked for.</summary>
    /// <returns>The place that the judge's answer will have, taken before anybody works for the run.</returns>
    private async Task<(Guid Run, Guid Event, TakenPlace Judged)> AppendWithoutRelayAsync(RelayWatch relay)
    {
        var leader = await relay.LeaderAsync();
        // These two must live to take the run.
        for (; leader is "pipeline" or "gateway"; leader = await relay.LeaderAsync())
            await stack.KillAsync(leader);
        await Signals.StopAsync(stack.PidOf(leader));
        var run = await stack.SubmitAsync("small-loop.yaml");
        var appended = await stack.Facts.WaitForAsync("the first step", run, e => e is StepRequested);
        Assert.True(await relay.ConfirmedAsync() < appended.Position);
        var judged = await TakeFirstAsync<JudgementCompleted>(run, id => JudgementId.Of(id, "2.judge").Stream());
        await stack.KillAsync(leader);
        return (run, appended.Id, judged);
    }

    /// <summary>The broker stands still before the judge's answer is appended; the relay does once it has published that, and is killed when the broker has taken the message.</summary>
    private async Task<Guid> PublishWithoutConfirmationAsync(RelayWatch relay, Guid run, TakenPlace place)
    {
        await place.WaitForAsync("judge");
        // Nobody appends while the judge hangs: what the relay publishes next is the judge's answer.
        await relay.WaitForConfirmedAsync(await stack.Facts.HeadAsync());
        var leader = await relay.LeaderAsync();
        var broker = stack.PidOf("rabbitmq");
        StoredEvent appended;
        await Signals.StopAsync(broker);
        try
        {
            await place.DisposeAsync();
            appended = await stack.Facts.WaitForAsync("the judge's answer", run, e => e is JudgementCompleted);
            await relay.PublishedUnreadAsync();
            await Signals.StopAsync(stack.PidOf(leader));
        }
        finally
        {
            Signals.LetGo(broker);
        }
        // Killed any sooner, the relay could take its message along: a broker drops what a broken connection left unread.
        await relay.WaitForMessageAsync(appended.Id);
        Assert.True(await relay.ConfirmedAsync() < appended.Position);
        await stack.KillAsync(leader);
        return appended.Id;
    }

    /// <summary>Takes the place that the first event of a kind will have in a stream of the run: that which it has in the undisturbed one's.</summary>
    private async Task<TakenPlace> TakeFirstAsync<T>(Guid run, Func<RunId, string> stream) where T : IEvent
    {
        var undisturbed = stream(new(await stack.UndisturbedAsync()));
        return await TakenPlace.TakeAsync(stack, stream(new(run)), _undisturbed.First(f => f.Stream == undisturbed && f.Data is T).Version);
    }

    private async Task KillInAppendAsync(string service, TakenPlace place, bool stored)
    {
        await place.WaitForAsync(service);
        await KillAsync(service, place, stored);
    }

    /// <summary>Kills a service whose append hangs; the database goes on with that only when the next one has done the work again and appends it as well.</summary>
    private async Task AppendTwiceAsync(string service, TakenPlace place)
    {
        await place.WaitForAsync(service);
        await stack.KillAsync(service);
        await place.WaitForSecondAsync(service);
        await place.DisposeAsync();
    }

    /// <param name="stored">Whether the database goes on with an append whose caller is dead, or ends it.</param>
    private Task KillAsync(string service, TakenPlace place, bool stored) => stack.KillAsync(service, meanwhile: async () =>
    {
        if (!stored)
            await place.EndHangingAsync();
        await place.DisposeAsync();
    });
}
