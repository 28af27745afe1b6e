namespace AgentOps.Models.Tests;

public sealed class When_words_are_joined
{
    [Fact]
    public void The_pair_of_lowest_rank_goes_first()
    {
        // a=0 b=1 c=2; b+c has rank 0, a+b rank 1: a b c becomes a bc, although a+b stands further left.
        var merges = new BpeMerges([(1, 2, 10), (0, 1, 11)]);

        Assert.Equal([0, 10], merges.Apply([0, 1, 2]));
    }

    [Fact]
    public void Of_equal_pairs_the_leftmost_goes_first() =>
        Assert.Equal([10, 0], new BpeMerges([(0, 0, 10)]).Apply([0, 0, 0]));

    [Fact]
    public void Long_words_are_joined_like_short_ones()
    {
        var random = new Random(5);
        for (var round = 0; round < 300; round++)
        {
            // Random merges over ids that may be joined again, in random order: far more tangled than trained ones.
            var merges = new BpeMerges([.. Enumerable.Range(0, 30).Select(_ => (random.Next(12), random.Next(12), random.Next(4, 12)))]);
            List<int> word = [.. Enumerable.Range(0, random.Next(1, 120)).Select(_ => random.Next(4))];
            var other = word.ToList();

            merges.ApplyByScan(word);
            merges.ApplyByHeap(other);

            Assert.Equal(word, other);
        }
    }

    [Fact]
    public void A_word_without_end_is_joined_in_passing()
    {
        // Quadratic work would take minutes. 2^17 letters join to 2^16 pairs and 2^15 fours.
        var merges = new BpeMerges([(0, 0, 1), (1, 1, 2)]);

        var ids = merges.Apply([.. Enumerable.Repeat(0, 1 << 17)]);

        Assert.Equal(1 << 15, ids.Length);
        Assert.All(ids, id => Assert.Equal(2, id));
    }
}
