using System.Text;
using AgentOps.Contracts;
using AgentOps.Proofs;

namespace AgentOps.PreferenceBuilder.Tests;

public sealed class who_is_in_a_data_set
{
    private static TrajectoryId Trajectory(int number) => TrajectoryId.From(NameBasedGuid.Of("member", number.ToString()));

    private static MemberList Singles(int count) => MemberList.Of(Enumerable.Range(0, count).Select(i => new DataLine<int>(i, Trajectory(i))));

    [Fact]
    public void A_list_that_was_written_is_read_again_with_every_member_at_its_place()
    {
        var pairs = MemberList.Of(Enumerable.Range(0, 5).Select(i => new DataLine<int>(i, Trajectory(2 * i), Trajectory(2 * i + 1))));

        var read = MemberList.Read(pairs.Bytes);

        Assert.Equal(5, read.Count);
        Assert.Equal([Trajectory(6).ToString(), Trajectory(7).ToString()], read[3]);
        Assert.Equal(3, read.IndexOf(Trajectory(6)));
        Assert.Equal(3, read.IndexOf(Trajectory(7)));
        Assert.Null(read.IndexOf(Trajectory(10)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(21)]
    public void Every_member_can_be_proved_against_the_root_and_no_other_in_its_place(int count)
    {
        var list = Singles(count);
        for (var i = 0; i < count; i++)
        {
            Assert.True(InclusionProof.Verify(i, count, LeafOf(i), list.Path(i), list.Root.Bytes));
            Assert.False(InclusionProof.Verify(i, count, LeafOf(i + 1), list.Path(i), list.Root.Bytes));
        }
    }

    [Theory]
    [InlineData("aa")]
    [InlineData("a\nbb\n")]
    [InlineData("aa\nb")]
    [InlineData("aa\nb\n")]
    public void A_list_whose_lines_differ_in_length_is_refused(string text) =>
        Assert.Throws<FormatException>(() => MemberList.Read(Encoding.ASCII.GetBytes(text)));

    [Theory]
    [InlineData(0, 5, 0, 5)]
    [InlineData(3, 5, 3, 5)]
    [InlineData(18, 5, 18, 3)]
    [InlineData(21, 5, 21, 0)]
    [InlineData(int.MaxValue, 5, 0, 0)]
    public async Task A_part_has_the_samples_that_stand_there(int first, int most, int expected, int count)
    {
        var (all, part) = await MemberList.ReadPartAsync(new MemoryStream(Singles(21).Bytes), first, most, default);

        Assert.Equal((21, count), (all, part.Count));
        Assert.Equal(Enumerable.Range(expected, count).Select(i => Trajectory(i).ToString()), Enumerable.Range(0, count).Select(i => part[i].Single()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("aa")]
    [InlineData("aa\nb")]
    [InlineData("aa\nbbb\nc\n")]
    public async Task A_part_of_what_is_no_list_is_refused(string text) =>
        await Assert.ThrowsAsync<FormatException>(() => MemberList.ReadPartAsync(new MemoryStream(Encoding.ASCII.GetBytes(text)), 1, 2, default));

    private static byte[] LeafOf(int number) => Rfc6962.Leaf(Encoding.ASCII.GetBytes(Trajectory(number).ToString()));
}
