using AgentOps.Tests;

namespace AgentOps.Proofs.Tests;

public sealed class KnownAnswerTests
{
    private static readonly byte[][] Leaves = [.. CertificateTransparencyVectors.Inputs.Select(input => Rfc6962.Leaf(Convert.FromHexString(input)))];

    [Fact]
    public void Hashes_and_the_definition_give_certificate_transparencys_roots()
    {
        Assert.Equal(Root(0), Rfc6962.EmptyRoot);
        Assert.Equal(Root(2), Rfc6962.Node(Leaves[0], Leaves[1]));
        for (var size = 0; size <= Leaves.Length; size++)
            Assert.Equal(Root(size), TreeDefinition.Root(Leaves.AsSpan(0, size)));
    }

    [Fact]
    public void The_definition_gives_certificate_transparencys_proofs()
    {
        foreach (var (index, size, path) in CertificateTransparencyVectors.Inclusions)
            Assert.Equal(path, TreeDefinition.Path(index, Leaves.AsSpan(0, size)).Select(Convert.ToHexStringLower));
        foreach (var (oldSize, newSize, path) in CertificateTransparencyVectors.Consistencies)
            Assert.Equal(path, TreeDefinition.Proof(oldSize, Leaves.AsSpan(0, newSize)).Select(Convert.ToHexStringLower));
    }

    [Fact]
    public void Certificate_transparencys_inclusion_proofs_lead_to_its_roots()
    {
        foreach (var (index, size, path) in CertificateTransparencyVectors.Inclusions)
            Assert.Equal(Root(size), InclusionProof.RootOf(index, size, Leaves[index], Hashes(path)));
    }

    [Fact]
    public void Certificate_transparencys_consistency_proofs_hold_between_its_roots()
    {
        foreach (var (oldSize, newSize, path) in CertificateTransparencyVectors.Consistencies)
            Assert.True(ConsistencyProof.Verify(oldSize, Root(oldSize), newSize, Root(newSize), Hashes(path)), $"{oldSize} to {newSize}");
    }

    private static byte[] Root(int size) => Convert.FromHexString(CertificateTransparencyVectors.Roots[size]);

    private static byte[][] Hashes(string[] path) => [.. path.Select(Convert.FromHexString)];
}
