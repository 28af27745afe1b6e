using AgentOps.Torch.Interop;

namespace TorchSharp;

public static unsafe partial class torch
{
    public partial class Tensor
    {
        public Tensor neg() => Calls.One(&Native.op_neg, this);

        public Tensor abs() => Calls.One(&Native.op_abs, this);

        public Tensor exp() => Calls.One(&Native.op_exp, this);

        public Tensor expm1() => Calls.One(&Native.op_expm1, this);

        public Tensor log() => Calls.One(&Native.op_log, this);

        public Tensor log1p() => Calls.One(&Native.op_log1p, this);

        public Tensor sqrt() => Calls.One(&Native.op_sqrt, this);

        public Tensor rsqrt() => Calls.One(&Native.op_rsqrt, this);

        public Tensor square() => Calls.One(&Native.op_square, this);

        public Tensor sin() => Calls.One(&Native.op_sin, this);

        public Tensor cos() => Calls.One(&Native.op_cos, this);

        public Tensor tanh() => Calls.One(&Native.op_tanh, this);

        public Tensor sigmoid() => Calls.One(&Native.op_sigmoid, this);

        public Tensor erf() => Calls.One(&Native.op_erf, this);

        public Tensor relu() => Calls.One(&Native.op_relu, this);

        public Tensor silu() => Calls.One(&Native.op_silu, this);

        public Tensor gelu() => Calls.One(&Native.op_gelu, this);

        public Tensor reciprocal() => Calls.One(&Native.op_reciprocal, this);

        public Tensor sign() => Calls.One(&Native.op_sign, this);

        public Tensor floor() => Calls.One(&Native.op_floor, this);

        public Tensor ceil() => Calls.One(&Native.op_ceil, this);

        public Tensor round() => Calls.One(&Native.op_round, this);

        public Tensor isnan() => Calls.One(&Native.op_isnan, this);

        public Tensor isinf() => Calls.One(&Native.op_isinf, this);

        public Tensor isfinite() => Calls.One(&Native.op_isfinite, this);

        public Tensor logical_not() => Calls.One(&Native.op_logical_not, this);

        public Tensor bitwise_not() => Calls.One(&Native.op_bitwise_not, this);

        public Tensor logical_and(Tensor other) => Calls.Two(&Native.op_logical_and, this, other);

        public Tensor logical_or(Tensor other) => Calls.Two(&Native.op_logical_or, this, other);

        public Tensor logical_xor(Tensor other) => Calls.Two(&Native.op_logical_xor, this, other);

        public Tensor bitwise_and(Tensor other) => Calls.Two(&Native.op_bitwise_and, this, other);

        public Tensor bitwise_or(Tensor other) => Calls.Two(&Native.op_bitwise_or, this, other);

        public Tensor bitwise_xor(Tensor other) => Calls.Two(&Native.op_bitwise_xor, this, other);

        public Tensor minimum(Tensor other) => Calls.Two(&Native.op_minimum, this, other);

        public Tensor maximum(Tensor other) => Calls.Two(&Native.op_maximum, this, other);

        public Tensor add(Tensor target) => add(target, 1);

        public Tensor add(Tensor target, Scalar alpha)
        {
            nint result;
            Native.Check(Native.op_add(Handle, target.Handle, alpha.Value, &result));
            GC.KeepAlive(this);
            GC.KeepAlive(target);
            return new(result);
        }

        public Tensor add(Scalar scalar) => Calls.Number(&Native.op_add_number, this, scalar);

        public Tensor sub(Tensor target) => sub(target, 1);

        public Tensor sub(Tensor target, Scalar alpha)
        {
            nint result;
            Native.Check(Native.op_sub(Handle, target.Handle, alpha.Value, &result));
            GC.KeepAlive(this);
            GC.KeepAlive(target);
            return new(result);
        }

        public Tensor sub(Scalar scalar) => Calls.Number(&Native.op_sub_number, this, scalar);

        public Tensor mul(Tensor target) => Calls.Two(&Native.op_mul, this, target);

        public Tensor mul(Scalar scalar) => Calls.Number(&Native.op_mul_number, this, scalar);

        public Tensor div(Tensor target) => Calls.Two(&Native.op_div, this, target);

        public Tensor div(Scalar scalar) => Calls.Number(&Native.op_div_number, this, scalar);

        public Tensor pow(Tensor exponent) => Calls.Two(&Native.op_pow, this, exponent);

        public Tensor pow(Scalar exponent) => Calls.Number(&Native.op_pow_number, this, exponent);

        public Tensor remainder(Tensor other) => Calls.Two(&Native.op_remainder, this, other);

        public Tensor remainder(Scalar other) => Calls.Number(&Native.op_remainder_number, this, other);

        public Tensor clamp(Scalar? min = null, Scalar? max = null)
        {
            nint result;
            Native.Check(Native.op_clamp(Handle, min?.Value ?? default, max?.Value ?? default, min is null ? 0 : 1, max is null ? 0 : 1, &result));
            GC.KeepAlive(this);
            return new(result);
        }

        public Tensor clamp_min(Scalar min) => clamp(min, null);

        public Tensor clamp_max(Scalar max) => clamp(null, max);

        /// <summary>This tensor where the condition is true, the other elsewhere.</summary>
        public Tensor where(Tensor condition, Tensor y) => torch.where(condition, this, y);

        public Tensor masked_fill(Tensor mask, Scalar value)
        {
            nint result;
            Native.Check(Native.op_masked_fill(Handle, mask.Handle, value.Value, &result));
            GC.KeepAlive(this);
            GC.KeepAlive(mask);
            return new(result);
        }
    }
}
