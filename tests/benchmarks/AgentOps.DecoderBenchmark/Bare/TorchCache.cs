using static TorchSharp.torch;

namespace AgentOps.DecoderBenchmark.Bare;

/// <summary>Keys and values of one layer, [B, heads, positions, head size].</summary>
internal abstract class TorchCache
{
    /// <returns>All keys and values so far, the new ones last.</returns>
    public abstract (Tensor Keys, Tensor Values) Append(Tensor keys, Tensor values);

    public static TorchCache Create(bool preallocated, long batch, long heads, long positions, long size) => preallocated
        ? new Preallocated(empty([batch, heads, positions, size]), empty([batch, heads, positions, size]))
        : new Concatenated();

    private sealed class Preallocated(Tensor keys, Tensor values) : TorchCache
    {
        private long _length;

        public override (Tensor Keys, Tensor Values) Append(Tensor newKeys, Tensor newValues)
        {
            var count = newKeys.size(2);
            keys.narrow(2, _length, count).copy_(newKeys);
            values.narrow(2, _length, count).copy_(newValues);
            _length += count;
            return (keys.narrow(2, 0, _length), values.narrow(2, 0, _length));
        }
    }

    private sealed class Concatenated : TorchCache
    {
        private Tensor? _keys;
        private Tensor? _values;

        public override (Tensor Keys, Tensor Values) Append(Tensor keys, Tensor values) => (_keys = Joined(_keys, keys), _values = Joined(_values, values));

        private static Tensor Joined(Tensor? old, Tensor more)
        {
            using (old)
                return (old is null ? more.clone() : cat([old, more], 2)).MoveToOuterDisposeScope();
        }
    }
}
