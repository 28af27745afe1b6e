using System.Text;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.Registry;

/// <summary>
/// Which data sets something is in. An event of a data set names the generations and judgements it was built from, and a data set leaves out what a judge refused:
/// whether a trajectory is in it, the list of its members says. What was withdrawn before, a data set may have been built without: then nothing of it is in there.
/// </summary>
internal sealed class Membership(Reference root, LedgerStore ledger, ArtifactStore artifacts)
{
    private readonly byte[] _id = Encoding.ASCII.GetBytes(root.Id);
    private readonly WithdrawalId _withdrawal = WithdrawalId.Of(root);
    private readonly Dictionary<long, bool> _holding = [];

    /// <summary>Of which data set it cannot be told, and why; null where of each it was told.</summary>
    public string? Untold { get; private set; }

    /// <summary>Whether what was made of one of its groups at a position has it inside: false only for a data set without it, or one of which it cannot be told.</summary>
    public async Task<bool> HoldsAsync(long position, CancellationToken ct) =>
        _holding.TryGetValue(position, out var holds) ? holds : _holding[position] = (await ledger.ReadAtAsync(position, ct))?.Data is not DatasetBuilt built
            || (built.Work.Without?.Contains(_withdrawal) != true && (!root.IsMember() || await IsMemberAsync(built, ct)));

    private async Task<bool> IsMemberAsync(DatasetBuilt built, CancellationToken ct)
    {
        try
        {
            return (await artifacts.ReadAsync(built.Members, ct)).AsSpan().IndexOf(_id) >= 0;
        }
        catch (Exception unusable) when (unusable is ArtifactMissingException or ArtifactCorruptException)
        {
            Untold ??= $"Whether trajectory {root.Id} is in data set {built.Dataset} cannot be told: {unusable.Message}";
            return false;
        }
    }
}
