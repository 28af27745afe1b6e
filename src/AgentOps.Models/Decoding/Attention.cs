using System.Runtime.Intrinsics;

namespace AgentOps.Models.Decoding;

/// <summary>
/// Causal attention of one sequence and one key/value head over all rows the sequence has in a step: completes and stores each row's key and value, then lets the group's queries attend.
/// A row's result depends on its own positions alone: scores accumulate over the head's numbers in order, weighted values over the positions in order.
/// </summary>
internal sealed unsafe class Attention(ModelConfig config, KvLayout layout, RotaryTable rotary, int threads, int maxContext)
{
    private readonly Floats[] _scores = [.. Enumerable.Range(0, threads).Select(_ => new Floats(Floats.RoundUp(maxContext, KvLayout.Positions)))];
    private readonly Floats[] _weighed = [.. Enumerable.Range(0, threads).Select(_ => new Floats(layout.PaddedHead))];
    private readonly float _scale = 1f / MathF.Sqrt(config.HeadDim);
    private readonly float _epsilon = (float)config.RmsNormEps;

    /// <param name="qkv">The slice's first row: queries, keys, values of all heads, rows at <paramref name="stride"/>.</param>
    /// <param name="output">The slice's first row of [heads × head size], rows at <paramref name="outputStride"/>.</param>
    public void Run(DecoderLayer weights, int layer, StepSlice slice, int kvHead, float* qkv, nint stride, float* output, nint outputStride, int thread)
    {
        var group = config.Heads / config.KeyValueHeads;
        for (var i = 0; i < slice.Count; i++, qkv += stride, output += outputStride)
        {
            var position = slice.Start + i;
            Store(weights, layer, slice.Blocks, kvHead, position, qkv + config.Heads * config.HeadDim);
            for (var head = kvHead * group; head < (kvHead + 1) * group; head++)
            {
                var query = qkv + head * config.HeadDim;
                Prepare(query, weights.QueryGain, position, _scale);
                Attend(query, slice.Blocks, layer, kvHead, position + 1, output + head * config.HeadDim, thread);
            }
        }
    }

    private void Store(DecoderLayer weights, int layer, IReadOnlyList<KvBlock> blocks, int kvHead, int position, float* keys)
    {
        var size = config.HeadDim;
        var key = keys + kvHead * size;
        var value = key + config.KeyValueHeads * size;
        Prepare(key, weights.KeyGain, position, 1f);
        var block = blocks[position / KvLayout.Positions].Values.Pointer;
        var lane = position % KvLayout.Positions;
        var keyTarget = block + layout.KeyOffset(layer, kvHead) + lane;
        for (var d = 0; d < size; d++)
            keyTarget[d * KvLayout.Positions] = key[d];
        new Span<float>(value, size).CopyTo(new Span<float>(block + layout.ValueOffset(layer, kvHead) + lane * layout.PaddedHead, size));
    }

    private void Prepare(float* head, Floats? gain, int position, float scale)
    {
        if (gain is not null)
            RmsNorm.Apply(head, gain.Pointer, config.HeadDim, _epsilon, head);
        RotaryTable.Rotate(head, config.HeadDim / 2, rotary.At(position));
        if (scale != 1f)
            for (var d = 0; d < config.HeadDim; d++)
                head[d] *= scale;
    }

    private void Attend(float* query, IReadOnlyList<KvBlock> blocks, int layer, int kvHead, int positions, float* output, int thread)
    {
        var scores = _scores[thread].Pointer;
        var used = KvLayout.BlocksFor(positions);
        var keys = layout.KeyOffset(layer, kvHead);
        var b = 0;
        for (; b + 4 <= used; b += 4)
            ScoreFour(query, Key(blocks, b, keys), Key(blocks, b + 1, keys), Key(blocks, b + 2, keys), Key(blocks, b + 3, keys), config.HeadDim, scores + b * KvLayout.Positions);
        for (; b < used; b++)
            ScoreOne(query, Key(blocks, b, keys), config.HeadDim, scores + b * KvLayout.Positions);
        var sum = Exponentiate(scores, positions);
        var weighed = _weighed[thread].Pointer;
        Weigh(scores, blocks, layout.ValueOffset(layer, kvHead), positions, weighed);
        for (var d = 0; d < config.HeadDim; d++)
            output[d] = weighed[d] / sum;
    }

    private static float* Key(IReadOnlyList<KvBlock> blocks, int block, int offset) => blocks[block].Values.Pointer + offset;

    // Four blocks at a time only to keep four chains in flight; each lane's chain is that of ScoreOne.
    private static void ScoreFour(float* query, float* k0, float* k1, float* k2, float* k3, int size, float* scores)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        for (nint d = 0; d < size; d++)
        {
            var q = Vector512.Create(query[d]);
            a0 = Vector512.FusedMultiplyAdd(q, Vector512.Load(k0 + d * KvLayout.Positions), a0);
            a1 = Vector512.FusedMultiplyAdd(q, Vector512.Load(k1 + d * KvLayout.Positions), a1);
            a2 = Vector512.FusedMultiplyAdd(q, Vector512.Load(k2 + d * KvLayout.Positions), a2);
            a3 = Vector512.FusedMultiplyAdd(q, Vector512.Load(k3 + d * KvLayout.Positions), a3);
        }
        a0.Store(scores);
        a1.Store(scores + KvLayout.Positions);
        a2.Store(scores + 2 * KvLayout.Positions);
        a3.Store(scores + 3 * KvLayout.Positions);
    }

    private static void ScoreOne(float* query, float* key, int size, float* scores)
    {
        Vector512<float> a = default;
        for (nint d = 0; d < size; d++)
            a = Vector512.FusedMultiplyAdd(Vector512.Create(query[d]), Vector512.Load(key + d * KvLayout.Positions), a);
        a.Store(scores);
    }

    /// <summary>Replaces the scores by e^(score - largest) and returns their sum. Lanes beyond the last position hold other sequences' leftovers and are masked.</summary>
    private static float Exponentiate(float* scores, int positions)
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
            var e = Vector512.Exp(Vector512.Load(scores + i) - shift);
            e.Store(scores + i);
            sum += e;
        }
        var end = Vector512.ConditionalSelect(seen, Vector512.Exp(Vector512.Load(scores + last) - shift), default);
        end.Store(scores + last);
        return Lanes.Sum(sum + end);
    }

    private void Weigh(float* weights, IReadOnlyList<KvBlock> blocks, int offset, int positions, float* weighed)
    {
        nint head = layout.PaddedHead;
        nint at = 0;
        for (; at + 64 <= head; at += 64)
            WeighFour(weights, blocks, offset + (int)at, positions, head, weighed + at);
        for (; at < head; at += Lanes.Count)
            WeighOne(weights, blocks, offset + (int)at, positions, head, weighed + at);
    }

    private static void WeighFour(float* weights, IReadOnlyList<KvBlock> blocks, int offset, int positions, nint head, float* weighed)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        for (var first = 0; first < positions; first += KvLayout.Positions)
        {
            var value = Key(blocks, first / KvLayout.Positions, offset);
            var end = Math.Min(positions - first, KvLayout.Positions);
            for (var i = 0; i < end; i++, value += head)
            {
                var w = Vector512.Create(weights[first + i]);
                a0 = Vector512.FusedMultiplyAdd(w, Vector512.Load(value), a0);
                a1 = Vector512.FusedMultiplyAdd(w, Vector512.Load(value + 16), a1);
                a2 = Vector512.FusedMultiplyAdd(w, Vector512.Load(value + 32), a2);
                a3 = Vector512.FusedMultiplyAdd(w, Vector512.Load(value + 48), a3);
            }
        }
        a0.Store(weighed);
        a1.Store(weighed + 16);
        a2.Store(weighed + 32);
        a3.Store(weighed + 48);
    }

    private static void WeighOne(float* weights, IReadOnlyList<KvBlock> blocks, int offset, int positions, nint head, float* weighed)
    {
        Vector512<float> a = default;
        for (var first = 0; first < positions; first += KvLayout.Positions)
        {
            var value = Key(blocks, first / KvLayout.Positions, offset);
            var end = Math.Min(positions - first, KvLayout.Positions);
            for (var i = 0; i < end; i++, value += head)
                a = Vector512.FusedMultiplyAdd(Vector512.Create(weights[first + i]), Vector512.Load(value), a);
        }
        a.Store(weighed);
    }
}
