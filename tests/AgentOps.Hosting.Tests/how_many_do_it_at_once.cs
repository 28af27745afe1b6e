namespace AgentOps.Hosting.Tests;

public sealed class how_many_do_it_at_once
{
    [Fact]
    public async Task Who_asks_beyond_the_places_there_are_is_told_to_ask_again_and_may_when_one_is_done()
    {
        using var places = new Places(1, "busy", "Two models are being compared", patience: TimeSpan.Zero);
        using (await places.TakeAsync(default))
        {
            var refused = await Assert.ThrowsAsync<ProblemException>(() => places.TakeAsync(default));
            Assert.Equal((503, "busy", "Two models are being compared for others: ask again when one is done."), (refused.Status, refused.Kind, refused.Message));
        }

        using var next = await places.TakeAsync(default);
    }
}
