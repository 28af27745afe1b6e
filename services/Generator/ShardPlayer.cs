using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AgentOps.Agents;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Subjects;

namespace AgentOps.Generator;

/// <summary>Plays the episodes of one shard at the same time and writes their tokens into one artifact, complete before anything is recorded.</summary>
public sealed class ShardPlayer(PolicyFactory policies, ArtifactStore artifacts, SubjectKeys subjects)
{
    /// <exception cref="PolicyUnusableException">The policy cannot play at all, and trying again will not help.</exception>
    /// <exception cref="SubjectUnreadableException">The person whose data it would be was erased.</exception>
    /// <exception cref="HttpRequestException">Serving cannot be reached; nothing was recorded.</exception>
    public async Task<IReadOnlyList<TrajectoryRecorded>> PlayAsync(Generation generation, ShardRequested shard, CancellationToken ct)
    {
        using var outage = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var work = generation.Work;
        var key = work.Subject is { } subject ? subjects.ToWrite(subject) : null;
        var policy = await policies.CreateAsync(work, outage, ct);
        var info = Catalogue.Find(work.Environment);
        var episodes = Enumerable.Range(shard.First, shard.Count).Select(episode => Numbered(work, episode)).ToList();
        try
        {
            var transcripts = await Task.WhenAll(episodes.Select(e => Episode.PlayAsync(info, e.Task, policy, e.Seed, work.MaxTurns ?? info.MaxTurns, outage.Token)));
            return await RecordAsync(generation, info, episodes, transcripts, key, ct);
        }
        catch (OperationCanceledException) when (BrokenOf(policy) is { } broken && !ct.IsCancellationRequested)
        {
            throw broken;
        }
    }

    private static Exception? BrokenOf(IPolicy policy) => policy switch
    {
        ServedPolicy served => served.Broken,
        TeamPolicy team => team.Members.Select(BrokenOf).FirstOrDefault(broken => broken is not null),
        _ => null,
    };

    private async Task<IReadOnlyList<TrajectoryRecorded>> RecordAsync(Generation generation, EnvironmentInfo info, List<NumberedEpisode> episodes, Transcript[] transcripts, SubjectKey? key, CancellationToken ct)
    {
        var trajectories = episodes.Zip(transcripts, (e, t) => (Episode: e, Transcript: t, Id: TrajectoryId.Of(generation.Id, e.Task.ToString(), e.Sample))).ToList();
        var tokens = new MemoryStream();
        var places = new Dictionary<TrajectoryId, List<(string? Role, long Offset, int Length)>>();
        foreach (var (_, transcript, id) in trajectories)
            foreach (var (role, sampled) in Tokens.Of(transcript, info.Roles))
            {
                var plain = JsonSerializer.SerializeToUtf8Bytes(sampled, EventRegistry.Json);
                var line = key?.EncryptTokens(plain) ?? plain;
                places.TryAdd(id, []);
                places[id].Add((role, tokens.Length, line.Length));
                tokens.Write(line);
                tokens.WriteByte((byte)'\n');
            }
        Digest? artifact = places.Count == 0 ? null : await artifacts.PutAsync(tokens.ToArray(), ct);
        return [.. trajectories
            .Select(t => Placed(Recorded(generation, info, t.Episode, t.Transcript, t.Id), places.GetValueOrDefault(t.Id, []), artifact))
            .Select(plain => key?.Encrypt(generation.Work.Subject!, plain) ?? plain)];
    }

    /// <summary>One slice of an agent alone, or one for each role of a team.</summary>
    private static TrajectoryRecorded Placed(TrajectoryRecorded trajectory, List<(string? Role, long Offset, int Length)> places, Digest? artifact) => places switch
    {
        [] => trajectory,
        [(null, var offset, var length)] => trajectory with { Tokens = new(artifact!.Value, offset, length) },
        _ => trajectory with { RoleTokens = places.ToDictionary(place => place.Role!, place => new TokenSlice(artifact!.Value, place.Offset, place.Length)) },
    };

    private static TrajectoryRecorded Recorded(Generation generation, EnvironmentInfo info, NumberedEpisode episode, Transcript t, TrajectoryId id) => new(
        id, generation.Id, generation.Step.Run, episode.Task.ToString(), t.TaskType, episode.Sample, $"{info.Name}/{info.Version}#{info.VersionHash}",
        generation.Work.Policy, episode.Seed, generation.Work.Temperature,
        t.Outcome switch
        {
            Agents.EpisodeOutcome.Scored => Contracts.EpisodeOutcome.Scored,
            Agents.EpisodeOutcome.Truncated => Contracts.EpisodeOutcome.Truncated,
            _ => Contracts.EpisodeOutcome.Failed,
        },
        t.Failure, t.Reward, RecordedTurns.Of(t), null);

    private sealed record NumberedEpisode(TaskId Task, int Sample, long Seed);

    private static NumberedEpisode Numbered(GenerateWork work, int episode)
    {
        var task = new TaskId(work.Environment, Enum.Parse<Split>(work.Split, ignoreCase: true), work.FirstTask + episode / work.Samples);
        var sample = episode % work.Samples;
        return new(task, sample, SeedOf(work.Seed, task, sample));
    }

    private static long SeedOf(long seed, TaskId task, int sample) =>
        BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{task}/{sample}"))) & long.MaxValue;
}
