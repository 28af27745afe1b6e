using AgentOps.Torch.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    public partial class Tensor
    {
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        public Tensor this[params long[] indices]
        {
            get => index([.. indices.Select(TensorIndex (at) => at)]);
            set => index_put_(value, [.. indices.Select(TensorIndex (at) => at)]);
        }

        public Tensor index(params TensorIndex[] indices)
        {
            var (view, tensors) = View(indices);
            if (tensors.Count == 0)
            {
                return view;
            }

            using (view)
            {
                nint result;
                fixed (nint* places = Calls.Handles(tensors))
                {
                    Native.Check(Native.op_index(view.Handle, places, tensors.Count, &result));
                }

                GC.KeepAlive(tensors);
                return new(result);
            }
        }

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => Put(value, false, indices);

        /// <summary>Puts the values there; with accumulate it adds them, equal places in order.</summary>
        public Tensor index_put_(Tensor value, bool accumulate, params TensorIndex[] indices) => Put(value, accumulate, indices);

        private Tensor Put(Tensor value, bool accumulate, TensorIndex[] indices)
        {
            var (view, tensors) = View(indices);
            using (view)
            {
                if (tensors.Count == 0)
                {
                    _ = accumulate ? view.add_(value) : view.copy_(value);
                    return this;
                }

                fixed (nint* places = Calls.Handles(tensors))
                {
                    Native.Check(Native.op_index_put_(view.Handle, places, tensors.Count, value.Handle, accumulate ? 1 : 0));
                }
            }

            GC.KeepAlive(tensors);
            GC.KeepAlive(value);
            return this;
        }

        /// <summary>The view that numbers, slices and new dimensions give, and the tensors left to index its dimensions with.</summary>
        private (Tensor View, List<Tensor?> Tensors) View(TensorIndex[] indices)
        {
            var (view, dim, tensors) = (alias(), 0, new List<Tensor?>());
            foreach (var index in indices)
            {
                switch (index.What)
                {
                    case TensorIndex.Kind.Ellipsis:
                        dim = Math.Max(dim, (int)view.ndim - Remaining(indices));
                        break;
                    case TensorIndex.Kind.Null:
                        view = Next(view, view.unsqueeze(dim++));
                        break;
                    case TensorIndex.Kind.Single:
                        view = Next(view, view.select(dim, index.Start!.Value));
                        break;
                    case TensorIndex.Kind.Slice when index is { Start: null, Stop: null, Step: 1 }:
                        dim++;
                        break;
                    case TensorIndex.Kind.Slice:
                        view = Next(view, view.slice(dim++, index.Start ?? Native.Absent, index.Stop ?? Native.Absent, index.Step));
                        break;
                    default:
                        tensors.AddRange(Enumerable.Repeat<Tensor?>(null, dim - tensors.Count));
                        tensors.Add(index.Indices);
                        dim += index.Indices!.dtype == ScalarType.Bool ? (int)index.Indices.ndim : 1;
                        break;
                }
            }

            return (view, tensors);
        }

        /// <summary>How many dimensions the places after the ellipsis take.</summary>
        private static int Remaining(TensorIndex[] indices) => indices
            .SkipWhile(index => index.What != TensorIndex.Kind.Ellipsis)
            .Skip(1)
            .Sum(index => index.What switch
            {
                TensorIndex.Kind.Null => 0,
                TensorIndex.Kind.Tensor when index.Indices!.dtype == ScalarType.Bool => (int)index.Indices.ndim,
                _ => 1,
            });

        private static Tensor Next(Tensor old, Tensor view)
        {
            old.Dispose();
            return view;
        }
    }
}
