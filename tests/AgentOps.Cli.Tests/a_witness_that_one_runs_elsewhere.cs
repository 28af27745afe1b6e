using System.Net;
using System.Security.Cryptography;
using AgentOps.Proofs;
using AgentOps.Proofs.Tests;
using AgentOps.Tests;
using Microsoft.AspNetCore.Builder;

namespace AgentOps.Cli.Tests;

public sealed class a_witness_that_one_runs_elsewhere : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentops-witness-").FullName;
    private static readonly HttpClient Http = new();
    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly SampleLog _log = SampleLog.Of([5, 12]);
    private WebApplication _server = null!;

    private static CosignatureKey Witness => new("w", Key.ExportSubjectPublicKeyInfo());

    [Fact]
    public async Task It_cosigns_what_continues_the_last_checkpoint_and_keeps_nothing_but_the_newest()
    {
        foreach (var (from, to) in ((int, int)[])[(0, 5), (5, 12)])
        {
            var (status, body) = await SendAsync(from, to, _log);
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.NotNull(Witness.TimeOf(SignedNote.Parse(NoteOf(_log, to) + body)));
        }

        Assert.Equal(SignedNote.Parse(NoteOf(_log, 12)).Text, File.ReadAllText(Assert.Single(Directory.GetFiles(_folder, "*.checkpoint"))));
    }

    [Fact]
    public async Task It_remembers_over_a_restart_and_cosigns_no_other_past()
    {
        await SendAsync(0, 5, _log);
        await RestartAsync();
        var other = _log.Copy();
        other.Events[3] = other.Events[3] with { AtMicroseconds = 1 };
        other.SignAnew(_ => _log.Signers[0]);

        Assert.Equal((HttpStatusCode.Conflict, "5\n"), await SendAsync(0, 5, other));
        Assert.Equal((HttpStatusCode.Conflict, "5\n"), await SendAsync(5, 5, other));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SendAsync(5, 12, other)).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(5, 12, _log)).Status);
    }

    [Fact]
    public async Task Of_many_requests_at_once_no_two_pasts_are_cosigned()
    {
        var other = _log.Copy();
        other.Events[3] = other.Events[3] with { AtMicroseconds = 1 };
        other.SignAnew(_ => _log.Signers[0]);

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => SendAsync(0, 5, i % 2 == 0 ? _log : other)));

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_is_no_request_or_too_large_is_refused()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync("hello")).Status);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await PostAsync(new string('x', 100_000))).Status);
    }

    [Fact]
    public async Task A_second_one_with_the_same_folder_does_not_start_since_two_could_cosign_two_pasts()
    {
        var said = Assert.Throws<IOException>(() => new WitnessMemory(_folder, [_log.First], "w", Key, TimeProvider.System)).Message;

        Assert.StartsWith($"it cannot have the folder {_folder} for itself, which another witness may have: ", said, StringComparison.Ordinal);
        // The first goes on.
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync("hello")).Status);
    }

    public Task InitializeAsync() => RestartAsync();

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task RestartAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _server = WitnessServer.Create(new WitnessMemory(_folder, [_log.First], "w", Key, TimeProvider.System), 0);
        await _server.StartAsync();
    }

    private Task<(HttpStatusCode Status, string Body)> SendAsync(int from, int to, SampleLog log)
    {
        byte[][] leaves = [.. log.Events.Take(to).Select(e => e.Leaf())];
        return PostAsync(new WitnessRequest(from, from == 0 || from == to ? [] : TreeDefinition.Proof(from, leaves), NoteOf(log, to)).ToString());
    }

    private async Task<(HttpStatusCode Status, string Body)> PostAsync(string body)
    {
        using var answer = await Http.PostAsync($"{_server.Urls.First()}/add-checkpoint", new StringContent(body));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static string NoteOf(SampleLog log, int size) => log.Checkpoints.First(kept => kept.Size == size).Note;
}
