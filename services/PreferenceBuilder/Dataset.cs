using AgentOps.Contracts;

namespace AgentOps.PreferenceBuilder;

/// <summary>A data set as its stream tells it: the attempts answered so far and the last result.</summary>
public sealed record Dataset(IReadOnlySet<int> Answered, DatasetBuilt? Built)
{
    public static Dataset Evolve(Dataset? state, IEvent @event)
    {
        var answered = new HashSet<int>(state?.Answered ?? new HashSet<int>());
        switch (@event)
        {
            case DatasetBuilt built:
                answered.Add(built.Step.Attempt);
                return new(answered, built);
            case DatasetFailed failed:
                answered.Add(failed.Step.Attempt);
                return new(answered, state?.Built);
            default:
                return state!;
        }
    }
}
