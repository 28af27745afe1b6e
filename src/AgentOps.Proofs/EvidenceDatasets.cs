using System.Text;

namespace AgentOps.Proofs;

/// <summary>Whether the contents of data sets in a bundle are those that the ledger speaks of: the samples, and the list of whose they are.</summary>
internal static class EvidenceDatasets
{
    private const string Built = "dataset.built.v1";

    /// <returns>How many data sets have their contents in the bundle, and how many the lineage has.</returns>
    /// <exception cref="EvidenceRefusedException">A content is another one, of no data set of the lineage, or half of one.</exception>
    public static (int WithContents, int All) Check(EvidenceArchive archive, IReadOnlyList<EvidenceNode> lineage)
    {
        var there = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, content) in archive.DatasetFiles())
            if (name != Convert.ToHexStringLower(content))
                throw new EvidenceRefusedException($"{EvidenceBundle.DatasetFolder}{name} has another content than the one it is named by.");
            else
                there.Add($"sha256:{name}");
        EvidenceEvent[] sets = [.. lineage.SelectMany(node => node.Events).Where(e => e.Type == Built).DistinctBy(e => e.Position)];
        if (there.Except(sets.SelectMany(Contents)).FirstOrDefault() is { } foreign)
            throw new EvidenceRefusedException($"The content {foreign} is of no data set of the lineage.");
        return (sets.Count(set => IsThere(set, there, archive)), sets.Length);
    }

    private static bool IsThere(EvidenceEvent set, HashSet<string> there, EvidenceArchive archive)
    {
        if (!Contents(set).Any(there.Contains))
            return false;
        if (Contents(set).FirstOrDefault(content => !there.Contains(content)) is { } missing)
            throw new EvidenceRefusedException($"The bundle has a part of the data set that event {set.Position} speaks of, and not its content {missing}.");
        var members = set.Member("members")!["sha256:".Length..];
        if (set.Member("membersRoot") is { } root && root != $"sha256:{Convert.ToHexStringLower(Root(archive.Lines(EvidenceBundle.DatasetFolder + members)))}")
            throw new EvidenceRefusedException($"The list of members of the data set that event {set.Position} speaks of does not have the root {root}.");
        return true;
    }

    private static IEnumerable<string> Contents(EvidenceEvent set) => ((string?[])[set.Member("data"), set.Member("members")]).OfType<string>().Distinct();

    /// <summary>The Merkle tree of RFC 6962 over the lines, as they are read: how long the list is whoever made the bundle says.</summary>
    private static byte[] Root(IEnumerable<string> lines)
    {
        var tree = new MerkleTree();
        foreach (var line in lines)
            tree.Add(Rfc6962.Leaf(Encoding.UTF8.GetBytes(line)));
        return tree.Root();
    }
}
