using System.Text;

namespace AgentOps.Proofs.Tests;

public sealed class the_contents_of_data_sets : IDisposable
{
    private static readonly string Samples = SampleBundle.Hex("samples\n");
    private static readonly string Members = SampleBundle.Hex(SampleBundle.Members);
    private readonly SampleBundle _bundle = new();

    [Fact]
    public void They_are_proved_where_the_bundle_has_them() => Assert.Equal((1, 1), _bundle.Verified().Datasets);

    [Fact]
    public void A_bundle_without_them_is_whole_and_says_so()
    {
        _bundle.Datasets.Clear();

        Assert.Equal((0, 1), _bundle.Verified().Datasets);
    }

    [Fact]
    public void Other_samples_under_the_name_of_these_are_refused()
    {
        _bundle.Datasets[Samples] = "samplez\n";

        Assert.Equal($"datasets/{Samples} has another content than the one it is named by.", Refused());
    }

    [Fact]
    public void Half_of_a_data_set_is_refused()
    {
        _bundle.Datasets.Remove(Members);

        Assert.Equal($"The bundle has a part of the data set that event {_bundle.PositionOf("dataset.built.v1")} speaks of, and not its content sha256:{Members}.", Refused());
    }

    [Fact]
    public void A_content_of_no_data_set_of_the_lineage_is_refused()
    {
        _bundle.Datasets[SampleBundle.Hex("foreign")] = "foreign";

        Assert.Equal($"The content sha256:{SampleBundle.Hex("foreign")} is of no data set of the lineage.", Refused());
    }

    [Fact]
    public void A_list_of_members_that_does_not_have_the_root_of_its_event_is_refused()
    {
        // The ledger itself says it, so that no signature finds it: the list's digest is one event's, its root another list's.
        var position = _bundle.PositionOf("dataset.built.v1");
        var (built, other) = (_bundle.At(position), $"sha256:{new string('0', 64)}");
        _bundle.Log[(int)position - 1] = built with { Data = built.Data.Replace(built.Member("membersRoot")!, other, StringComparison.Ordinal) };

        Assert.Equal($"The list of members of the data set that event {position} speaks of does not have the root {other}.", Refused());
    }

    [Theory]
    [InlineData("datasets/")]
    [InlineData("datasets/readme")]
    [InlineData("datasets/../aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("datasets/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_not_named_by_a_digest_is_no_file_of_a_bundle(string name)
    {
        _bundle.Further[name] = Encoding.UTF8.GetBytes("content");

        Assert.Equal($"The archive holds '{name}', which is not a file of a bundle.", Refused());
    }

    public void Dispose() => _bundle.Dispose();

    private string Refused() => Assert.Throws<EvidenceRefusedException>(() => _bundle.Verified()).Message;
}
