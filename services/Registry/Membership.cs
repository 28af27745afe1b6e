using System.Text;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.Registry;

/// <summary>
/// Which data sets a trajectory is in. An event of a data set names the generations it was built from, and a data set leaves out what a judge refused:
/// whether the trajectory is in it, the list of its members says.
/// </summary>
internal sealed class Membership(Reference trajectory, LedgerStore ledger, ArtifactStore artifacts)
{
    private readonly byte[] _id = Encoding.ASCII.GetBytes(trajectory.Id);
    private readonly Dictionary<long, bool> _holding = [];

    /// <summary>Of which data set it cannot be told, and why; null where of each it was told.</summary>
    public string? Untold { get; private set; }

    /// <summary>Whether what was made of the trajectory's group at a position has the trajectory in it: false only for a data set without it, or one of which it cannot be told.</summary>
    public async Task<bool> HoldsAsync(long position, CancellationToken ct) =>
        _holding.TryGetValue(position, out var holds) ? holds : _holding[position] = (await ledger.ReadAtAsync(position, ct))?.Data is not DatasetBuilt built || await IsMemberAsync(built, ct);

    private async Task<bool> IsMemberAsync(DatasetBuilt built, CancellationToken ct)
    {
        try
        {
            return (await artifacts.ReadAsync(built.Members, ct)).AsSpan().IndexOf(_id) >= 0;
        }
        catch (Exception unusable) when (unusable is ArtifactMissingException or ArtifactCorruptException)
        {
            Untold ??= $"Whether trajectory {trajectory.Id} is in data set {built.Dataset} cannot be told: {unusable.Message}";
            return false;
        }
    }
}
