using AgentOps.Torch.Kernels;

namespace AgentOps.Torch.Tests;

/// <summary>Weights in four bits, against codes worked out by hand.</summary>
public sealed class Nf4Tests
{
    [Fact]
    public void The_levels_are_the_papers()
    {
        // Appendix E; -1, 0 and 1 are exact, and the levels rise.
        Assert.Equal((16, -1f, 0f, 1f), (Nf4.Levels.Count, Nf4.Levels[0], Nf4.Levels[7], Nf4.Levels[15]));
        Assert.All(Nf4.Levels.Zip(Nf4.Levels.Skip(1)), pair => Assert.True(pair.First < pair.Second));
        Assert.All(Nf4.Levels.Index(), level => Assert.Equal(level.Index, Nf4.Code(level.Item)));
    }

    [Fact]
    public void A_value_becomes_the_nearest_level_of_its_block_and_two_codes_share_a_byte()
    {
        // Over the largest magnitude, 2: 1 → level 15; -0.5 lies at -0.525 (12th part -0.025) nearer than at -0.395 → 2; 0.05 nearer to 0.0796 (0.0296) than to 0 (0.05) → 8;
        // 0.03 nearer to 0 → 7; -1 → 0; 0.6 nearer to 0.5626 (0.037) than to 0.7230 (0.123) → 13.
        var packed = Nf4.Pack([2f, -1f, 0.1f, 0.06f, -2f, 1.2f]);

        Assert.Equal([0xF2, 0x87, 0x0D], packed.Codes);
        // One block: its magnitude is the mean and its distance from it 0.
        Assert.Equal((2f, 0, 0f), (packed.Offset, Assert.Single(packed.Steps), Assert.Single(packed.Scales)));
        Assert.Equal([2f, 2 * -0.5250730514526367f, 2 * 0.07958029955625534f, 0f, -2f, 2 * 0.5626170039176941f], Nf4.Unpack(packed, 6));
    }

    [Fact]
    public void On_the_border_of_two_levels_the_lower_is_taken()
    {
        // The lowest border is (-1 - 0.69619280) / 2 = -0.8480964; the one above 0 is 0.0397901498.
        Assert.Equal([0, 1, 7, 8], new[] { -0.8480965f, -0.848096f, 0.039790f, 0.039791f }.Select(Nf4.Code));
        Assert.Equal(7, Nf4.Code(0.07958029955625534f / 2));
    }

    [Fact]
    public void Magnitudes_are_kept_as_steps_from_their_mean()
    {
        // Three blocks whose largest magnitudes are 1, 2 and 6: mean 3, differences -2, -1 and 3. Scale 3/127: steps -84.67 → -85, -42.33 → -42 and 127.
        var packed = Nf4.Pack([.. Enumerable.Repeat(1f, 64), .. Enumerable.Repeat(-2f, 64), 6f]);

        Assert.Equal([-85, -42, 127], packed.Steps.Select(step => (int)step));
        Assert.Equal(3f, packed.Offset);
        Assert.Equal(3f / 127, Assert.Single(packed.Scales));
        var values = Nf4.Unpack(packed, 129);
        // 3 - 85 · 3/127 = 0.992126; -(3 - 42 · 3/127) = -2.007874; 6.
        Assert.Equal([0.992126f, -2.007874f, 6f], new[] { values[0], values[64], values[128] }.Select(value => MathF.Round(value, 6)));
    }

    [Fact]
    public void Blocks_of_zeros_stay_zeros()
    {
        Assert.Equal(new float[200], Nf4.Unpack(Nf4.Pack(new float[200]), 200));
    }

    [Fact]
    public void A_weight_takes_a_little_more_than_four_bits()
    {
        // 64 · 256 weights: 8,192 bytes of codes, 256 steps, one scale of 4 bytes and the mean.
        var packed = Nf4.Pack(new float[64 * 256]);

        Assert.Equal((8192, 256, 1), (packed.Codes.Length, packed.Steps.Length, packed.Scales.Length));
    }
}
