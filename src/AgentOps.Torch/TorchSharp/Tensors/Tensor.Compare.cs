using AgentOps.Torch.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    public partial class Tensor
    {
        public Tensor eq(Tensor target) => Calls.Two(&Native.op_eq, this, target);

        public Tensor eq(Scalar scalar) => Calls.Number(&Native.op_eq_number, this, scalar);

        public Tensor ne(Tensor target) => Calls.Two(&Native.op_ne, this, target);

        public Tensor ne(Scalar scalar) => Calls.Number(&Native.op_ne_number, this, scalar);

        public Tensor lt(Tensor target) => Calls.Two(&Native.op_lt, this, target);

        public Tensor lt(Scalar scalar) => Calls.Number(&Native.op_lt_number, this, scalar);

        public Tensor le(Tensor target) => Calls.Two(&Native.op_le, this, target);

        public Tensor le(Scalar scalar) => Calls.Number(&Native.op_le_number, this, scalar);

        public Tensor gt(Tensor target) => Calls.Two(&Native.op_gt, this, target);

        public Tensor gt(Scalar scalar) => Calls.Number(&Native.op_gt_number, this, scalar);

        public Tensor ge(Tensor target) => Calls.Two(&Native.op_ge, this, target);

        public Tensor ge(Scalar scalar) => Calls.Number(&Native.op_ge_number, this, scalar);

        public static Tensor operator ==(Tensor left, Tensor right) => left.eq(right);

        public static Tensor operator ==(Tensor left, Scalar right) => left.eq(right);

        public static Tensor operator ==(Tensor left, int right) => left.eq((Scalar)right);

        public static Tensor operator ==(Tensor left, long right) => left.eq((Scalar)right);

        public static Tensor operator ==(Tensor left, float right) => left.eq((Scalar)right);

        public static Tensor operator ==(Tensor left, double right) => left.eq((Scalar)right);

        public static Tensor operator !=(Tensor left, Tensor right) => left.ne(right);

        public static Tensor operator !=(Tensor left, Scalar right) => left.ne(right);

        public static Tensor operator !=(Tensor left, int right) => left.ne((Scalar)right);

        public static Tensor operator !=(Tensor left, long right) => left.ne((Scalar)right);

        public static Tensor operator !=(Tensor left, float right) => left.ne((Scalar)right);

        public static Tensor operator !=(Tensor left, double right) => left.ne((Scalar)right);

        public static Tensor operator <(Tensor left, Tensor right) => left.lt(right);

        public static Tensor operator <(Tensor left, Scalar right) => left.lt(right);

        public static Tensor operator <(Tensor left, int right) => left.lt((Scalar)right);

        public static Tensor operator <(Tensor left, long right) => left.lt((Scalar)right);

        public static Tensor operator <(Tensor left, float right) => left.lt((Scalar)right);

        public static Tensor operator <(Tensor left, double right) => left.lt((Scalar)right);

        public static Tensor operator <=(Tensor left, Tensor right) => left.le(right);

        public static Tensor operator <=(Tensor left, Scalar right) => left.le(right);

        public static Tensor operator <=(Tensor left, int right) => left.le((Scalar)right);

        public static Tensor operator <=(Tensor left, long right) => left.le((Scalar)right);

        public static Tensor operator <=(Tensor left, float right) => left.le((Scalar)right);

        public static Tensor operator <=(Tensor left, double right) => left.le((Scalar)right);

        public static Tensor operator >(Tensor left, Tensor right) => left.gt(right);

        public static Tensor operator >(Tensor left, Scalar right) => left.gt(right);

        public static Tensor operator >(Tensor left, int right) => left.gt((Scalar)right);

        public static Tensor operator >(Tensor left, long right) => left.gt((Scalar)right);

        public static Tensor operator >(Tensor left, float right) => left.gt((Scalar)right);

        public static Tensor operator >(Tensor left, double right) => left.gt((Scalar)right);

        public static Tensor operator >=(Tensor left, Tensor right) => left.ge(right);

        public static Tensor operator >=(Tensor left, Scalar right) => left.ge(right);

        public static Tensor operator >=(Tensor left, int right) => left.ge((Scalar)right);

        public static Tensor operator >=(Tensor left, long right) => left.ge((Scalar)right);

        public static Tensor operator >=(Tensor left, float right) => left.ge((Scalar)right);

        public static Tensor operator >=(Tensor left, double right) => left.ge((Scalar)right);
    }
}
