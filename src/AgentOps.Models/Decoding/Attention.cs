using System.Runtime.InteropServices;

namespace AgentOps.Models.Decoding;

/// <summary>
/// Causal attention of one sequence and one key/value head over all rows the sequence has in a step: completes and stores each row's key and value, then lets the group's queries attend.
/// A row's result depends on its own positions alone: the chains in which scores and weighted values accumulate are fixed by the head's size and the position, see <see cref="AttentionKernels"/>.
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

    private void Store(DecoderLayer weights, int layer, List<KvBlock> blocks, int kvHead, int position, float* keys)
    {
        var size = config.HeadDim;
        var key = keys + kvHead * size;
        var value = key + config.KeyValueHeads * size;
        Prepare(key, weights.KeyGain, position, 1f);
        var block = blocks[position / KvLayout.Positions].Pointer;
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

    private void Attend(float* query, List<KvBlock> blocks, int layer, int kvHead, int positions, float* output, int thread)
    {
        var scores = _scores[thread].Pointer;
        var held = CollectionsMarshal.AsSpan(blocks)[..KvLayout.BlocksFor(positions)];
        AttentionKernels.Score(query, held, layout.KeyOffset(layer, kvHead), config.HeadDim, scores);
        var sum = AttentionKernels.Exponentiate(scores, positions);
        var weighed = _weighed[thread].Pointer;
        AttentionKernels.Weigh(scores, held, layout.ValueOffset(layer, kvHead), positions, layout.PaddedHead, weighed);
        for (var d = 0; d < config.HeadDim; d++)
            output[d] = weighed[d] / sum;
    }
}
