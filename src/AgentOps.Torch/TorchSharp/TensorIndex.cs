namespace TorchSharp;

public static partial class torch
{
    /// <summary>One place of an index expression: a number, a slice, a new dimension, an ellipsis or a tensor.</summary>
    public readonly struct TensorIndex
    {
        internal enum Kind
        {
            Slice,
            Single,
            Null,
            Ellipsis,
            Tensor,
        }

        internal Kind What { get; private init; }

        internal long? Start { get; private init; }

        internal long? Stop { get; private init; }

        internal long Step { get; private init; }

        internal torch.Tensor? Indices { get; private init; }

        public static TensorIndex Ellipsis => new() { What = Kind.Ellipsis };

        /// <summary>A new dimension of size one.</summary>
        public static TensorIndex Null => new() { What = Kind.Null };

        public static TensorIndex None => Null;

        /// <summary>The whole of a dimension.</summary>
        public static TensorIndex Colon => Slice();

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { What = Kind.Slice, Start = start, Stop = stop, Step = step ?? 1 };

        public static TensorIndex Slice((int? start, int? end) range) => Slice(range.start, range.end);

        public static TensorIndex Slice(Range range) => Slice(Of(range.Start), IsEnd(range.End) ? null : Of(range.End));

        public static TensorIndex Single(long? index) => index is { } at ? new() { What = Kind.Single, Start = at } : Null;

        public static TensorIndex Tensor(Tensor tensor) => new() { What = Kind.Tensor, Indices = tensor };

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);

        public static implicit operator TensorIndex(Range range) => Slice(range);

        public static implicit operator TensorIndex(Index index) => Single(Of(index));

        public static implicit operator TensorIndex(Tensor tensor) => Tensor(tensor);

        private static long Of(Index index) => index.IsFromEnd ? -index.Value : index.Value;

        private static bool IsEnd(Index index) => index is { IsFromEnd: true, Value: 0 };
    }
}
