using System.Text;
using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Subjects.Tests;

public sealed class personal_data : IDisposable
{
    private const string Line = """{"task":"maze/train/0","sample":0,"ids":[1,2,3],"trained":[[1,2]]}""";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("subject-data-");
    private readonly TrajectoryRecorded _played = new(
        TrajectoryId.From(Guid.CreateVersion7()), GenerationId.From(Guid.CreateVersion7()), RunId.Create(), "maze/train/0", "reach", 0, "maze/1#00", new(PolicyKind.Expert), 7, 1.0,
        EpisodeOutcome.Failed, "Turn 3 said something private.", null, [new("my name is Ada Byron", "greet Ada Byron", Invalid: false), new("what?", "shout", Invalid: true)], null);

    private readonly SubjectKeys _keys;

    public personal_data() => _keys = new(_folder.FullName);

    [Fact]
    public void An_episode_keeps_its_counts_and_nothing_that_was_said()
    {
        var recorded = Recorded();

        Assert.Equal(("ada", 2, 1), (recorded.Subject, recorded.TurnCount, recorded.InvalidActions));
        Assert.DoesNotContain("Ada Byron", Text(recorded), StringComparison.Ordinal);
        Assert.DoesNotContain("private", Text(recorded), StringComparison.Ordinal);
        Assert.Contains(Reference.To(ReferenceKind.Subject, "ada"), recorded.Inputs);
    }

    [Fact]
    public void An_episode_is_read_as_it_was_played()
    {
        var read = _keys.Decrypt((TrajectoryRecorded)AllEvents.Registry.Read("trajectory.recorded.v1", AllEvents.Registry.Write(Recorded())));

        Assert.Equal(_played.Turns, read.Turns);
        Assert.Equal(_played.Reason, read.Reason);
    }

    [Fact]
    public void An_episode_of_nobody_is_what_was_recorded() => Assert.Same(_played, _keys.Decrypt(_played));

    [Fact]
    public void Reasons_are_encrypted_and_read_again_each_with_its_opinion()
    {
        TrajectoryJudged judged = new(JudgementId.From(Guid.CreateVersion7()), _played.Trajectory, Verdict.Rejected,
            [new("environment/1", Verdict.Accepted, 1, ["The task was solved."]), new("rules/1", Verdict.Rejected, 0, ["'greet Ada Byron' was said twice.", "Too loud."])]);

        var recorded = _keys.ToWrite("ada").Encrypt("ada", judged);

        Assert.DoesNotContain("Ada Byron", Text(recorded), StringComparison.Ordinal);
        Assert.Equal(judged.Opinions.Select(o => string.Join('|', o.Reasons)), _keys.Decrypt(recorded.Opinions, recorded.EncryptedReasons!).Select(o => string.Join('|', o.Reasons)));
    }

    [Fact]
    public void A_line_of_a_data_set_of_nobody_stays_as_it_is() => Assert.Equal(Line, _keys.DecryptLine(Encoding.UTF8.GetString(_keys.EncryptLine([], Encoding.UTF8.GetBytes(Line)))));

    [Theory]
    [InlineData("ada")]
    [InlineData("bob")]
    public void A_line_of_two_people_is_lost_with_either_of_them(string erased)
    {
        var line = Encoding.UTF8.GetString(_keys.EncryptLine(["bob", "ada", "bob"], Encoding.UTF8.GetBytes(Line)));
        Assert.DoesNotContain("\"ids\"", line, StringComparison.Ordinal);
        Assert.Equal(Line, _keys.DecryptLine(line));
        Assert.Equal(line, Encoding.UTF8.GetString(_keys.EncryptLine(["ada", "bob"], Encoding.UTF8.GetBytes(Line))));

        _keys.Erase(erased);

        var refusal = Assert.Throws<SubjectUnreadableException>(() => _keys.DecryptLine(line));
        Assert.Equal(erased, refusal.Subject);
        Assert.Contains($"'without: [{WithdrawalId.Of(Reference.To(ReferenceKind.Subject, erased))}]'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_stay_one_line()
    {
        var slice = _keys.ToWrite("ada").EncryptTokens(Encoding.UTF8.GetBytes(Line));

        Assert.DoesNotContain((byte)'\n', slice);
        Assert.Equal(Line, Encoding.UTF8.GetString(_keys.DecryptTokens("ada", slice)));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private TrajectoryRecorded Recorded() => _keys.ToWrite("ada").Encrypt("ada", _played);

    private static string Text<T>(T data) => JsonSerializer.Serialize(data, EventRegistry.Json);
}
