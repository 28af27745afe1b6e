using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AgentOps.Models.Decoding;

/// <summary>
/// The inner loops of attention over blocks of 16 positions. Several chains run side by side to hide the latency of the additions;
/// which chain a product belongs to follows from its place alone, never from how many blocks are taken at a time.
/// </summary>
internal static unsafe class AttentionKernels
{
    /// <summary>How many numbers of a head the value kernel takes at a time; heads are padded to a multiple of it.</summary>
    public const int ValueWidth = 2 * Lanes.Count;
    private const int P = KvLayout.Positions;
    private const int Chains = 4;

    /// <summary>Scores of all positions of the blocks: the even numbers of the head in one chain, the odd ones in another.</summary>
    /// <param name="query">[size], size even.</param>
    /// <param name="offset">Where in a block the keys [size][16] begin.</param>
    /// <param name="scores">Receives 16 scores per block.</param>
    public static void Score(float* query, ReadOnlySpan<KvBlock> blocks, int offset, int size, float* scores)
    {
        var b = 0;
        for (; b + 4 <= blocks.Length; b += 4)
            ScoreFour(query, blocks[b].Pointer + offset, blocks[b + 1].Pointer + offset, blocks[b + 2].Pointer + offset, blocks[b + 3].Pointer + offset, size, scores + b * P);
        for (; b < blocks.Length; b++)
            ScoreOne(query, blocks[b].Pointer + offset, size, scores + b * P);
    }

    /// <summary>Replaces the scores by e^(score - largest) and returns their sum. Lanes beyond the last position hold other sequences' leftovers and are masked.</summary>
    public static float Exponentiate(float* scores, int positions)
    {
        var last = (positions - 1) / Lanes.Count * Lanes.Count;
        var seen = Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(positions - last)).AsSingle();
        var largest = Vector512.ConditionalSelect(seen, Vector512.Load(scores + last), Vector512.Create(float.NegativeInfinity));
        for (var i = 0; i < last; i += Lanes.Count)
            largest = Vector512.Max(largest, Vector512.Load(scores + i));
        var shift = Vector512.Create(Lanes.Max(largest));
        Vector512<float> sum = default;
        for (var i = 0; i < last; i += Lanes.Count)
        {
            var e = Exponential.Of(Vector512.Load(scores + i) - shift);
            e.Store(scores + i);
            sum += e;
        }
        var end = Vector512.ConditionalSelect(seen, Exponential.Of(Vector512.Load(scores + last) - shift), default);
        end.Store(scores + last);
        return Lanes.Sum(sum + end);
    }

    /// <summary>The weighted sum of the values: positions of the blocks 0, 4, 8 … in one chain, of 1, 5, 9 … in the next, and so on.</summary>
    /// <param name="offset">Where in a block the values [16][head] begin.</param>
    /// <param name="weighed">Receives [head].</param>
    public static void Weigh(float* weights, ReadOnlySpan<KvBlock> blocks, int offset, int positions, int head, float* weighed)
    {
        for (var at = 0; at < head; at += ValueWidth)
            WeighColumns(weights, blocks, offset + at, positions, head, weighed + at);
    }

    private static void ScoreFour(float* query, float* k0, float* k1, float* k2, float* k3, int size, float* scores)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
        for (nint d = 0; d < size; d += 2)
        {
            Vector512<float> even = Vector512.Create(query[d]), odd = Vector512.Create(query[d + 1]);
            var at = d * P;
            Step(even, odd, k0 + at, ref a0, ref b0);
            Step(even, odd, k1 + at, ref a1, ref b1);
            Step(even, odd, k2 + at, ref a2, ref b2);
            Step(even, odd, k3 + at, ref a3, ref b3);
        }
        (a0 + b0).Store(scores);
        (a1 + b1).Store(scores + P);
        (a2 + b2).Store(scores + 2 * P);
        (a3 + b3).Store(scores + 3 * P);
    }

    private static void ScoreOne(float* query, float* key, int size, float* scores)
    {
        Vector512<float> a = default, b = default;
        for (nint d = 0; d < size; d += 2)
            Step(Vector512.Create(query[d]), Vector512.Create(query[d + 1]), key + d * P, ref a, ref b);
        (a + b).Store(scores);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(Vector512<float> even, Vector512<float> odd, float* key, ref Vector512<float> a, ref Vector512<float> b)
    {
        a = Vector512.FusedMultiplyAdd(even, Vector512.Load(key), a);
        b = Vector512.FusedMultiplyAdd(odd, Vector512.Load(key + P), b);
    }

    private static void WeighColumns(float* weights, ReadOnlySpan<KvBlock> blocks, int offset, int positions, nint head, float* weighed)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
        var b = 0;
        for (; (b + Chains) * P <= positions; b += Chains, weights += Chains * P)
        {
            float* v0 = blocks[b].Pointer + offset, v1 = blocks[b + 1].Pointer + offset, v2 = blocks[b + 2].Pointer + offset, v3 = blocks[b + 3].Pointer + offset;
            for (nint i = 0, at = 0; i < P; i++, at += head)
            {
                Add(weights[i], v0 + at, ref a0, ref b0);
                Add(weights[P + i], v1 + at, ref a1, ref b1);
                Add(weights[2 * P + i], v2 + at, ref a2, ref b2);
                Add(weights[3 * P + i], v3 + at, ref a3, ref b3);
            }
        }
        var left = positions - b * P;
        AddBlock(weights, blocks, b, offset, left, head, ref a0, ref b0);
        AddBlock(weights + P, blocks, b + 1, offset, left - P, head, ref a1, ref b1);
        AddBlock(weights + 2 * P, blocks, b + 2, offset, left - 2 * P, head, ref a2, ref b2);
        AddBlock(weights + 3 * P, blocks, b + 3, offset, left - 3 * P, head, ref a3, ref b3);
        (a0 + a1 + (a2 + a3)).Store(weighed);
        (b0 + b1 + (b2 + b3)).Store(weighed + Lanes.Count);
    }

    private static void AddBlock(float* weights, ReadOnlySpan<KvBlock> blocks, int block, int offset, int left, nint head, ref Vector512<float> a, ref Vector512<float> b)
    {
        if (left <= 0)
            return;
        var value = blocks[block].Pointer + offset;
        Vector512<float> low = a, high = b;
        for (nint i = 0; i < Math.Min(left, P); i++, value += head)
            Add(weights[i], value, ref low, ref high);
        (a, b) = (low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float weight, float* value, ref Vector512<float> a, ref Vector512<float> b)
    {
        var w = Vector512.Create(weight);
        a = Vector512.FusedMultiplyAdd(w, Vector512.Load(value), a);
        b = Vector512.FusedMultiplyAdd(w, Vector512.Load(value + Lanes.Count), b);
    }
}
