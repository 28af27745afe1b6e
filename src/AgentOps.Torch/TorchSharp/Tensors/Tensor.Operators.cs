namespace TorchSharp;

public static unsafe partial class torch
{
    public partial class Tensor
    {
        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);

        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);

        public static Tensor operator +(Tensor left, int right) => left.add((Scalar)right);

        public static Tensor operator +(Tensor left, long right) => left.add((Scalar)right);

        public static Tensor operator +(Tensor left, float right) => left.add((Scalar)right);

        public static Tensor operator +(Tensor left, double right) => left.add((Scalar)right);

        public static Tensor operator +(Scalar left, Tensor right) => right.add(left);

        public static Tensor operator +(int left, Tensor right) => right.add((Scalar)left);

        public static Tensor operator +(long left, Tensor right) => right.add((Scalar)left);

        public static Tensor operator +(float left, Tensor right) => right.add((Scalar)left);

        public static Tensor operator +(double left, Tensor right) => right.add((Scalar)left);

        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);

        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);

        public static Tensor operator -(Tensor left, int right) => left.sub((Scalar)right);

        public static Tensor operator -(Tensor left, long right) => left.sub((Scalar)right);

        public static Tensor operator -(Tensor left, float right) => left.sub((Scalar)right);

        public static Tensor operator -(Tensor left, double right) => left.sub((Scalar)right);

        public static Tensor operator -(Scalar left, Tensor right) => right.SubtractedFrom(left);

        public static Tensor operator -(int left, Tensor right) => right.SubtractedFrom(left);

        public static Tensor operator -(long left, Tensor right) => right.SubtractedFrom(left);

        public static Tensor operator -(float left, Tensor right) => right.SubtractedFrom(left);

        public static Tensor operator -(double left, Tensor right) => right.SubtractedFrom(left);

        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);

        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);

        public static Tensor operator *(Tensor left, int right) => left.mul((Scalar)right);

        public static Tensor operator *(Tensor left, long right) => left.mul((Scalar)right);

        public static Tensor operator *(Tensor left, float right) => left.mul((Scalar)right);

        public static Tensor operator *(Tensor left, double right) => left.mul((Scalar)right);

        public static Tensor operator *(Scalar left, Tensor right) => right.mul(left);

        public static Tensor operator *(int left, Tensor right) => right.mul((Scalar)left);

        public static Tensor operator *(long left, Tensor right) => right.mul((Scalar)left);

        public static Tensor operator *(float left, Tensor right) => right.mul((Scalar)left);

        public static Tensor operator *(double left, Tensor right) => right.mul((Scalar)left);

        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);

        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);

        public static Tensor operator /(Tensor left, int right) => left.div((Scalar)right);

        public static Tensor operator /(Tensor left, long right) => left.div((Scalar)right);

        public static Tensor operator /(Tensor left, float right) => left.div((Scalar)right);

        public static Tensor operator /(Tensor left, double right) => left.div((Scalar)right);

        public static Tensor operator /(Scalar left, Tensor right) => right.Dividing(left);

        public static Tensor operator /(int left, Tensor right) => right.Dividing(left);

        public static Tensor operator /(long left, Tensor right) => right.Dividing(left);

        public static Tensor operator /(float left, Tensor right) => right.Dividing(left);

        public static Tensor operator /(double left, Tensor right) => right.Dividing(left);

        public static Tensor operator %(Tensor left, Tensor right) => left.remainder(right);

        public static Tensor operator %(Tensor left, Scalar right) => left.remainder(right);

        public static Tensor operator -(Tensor tensor) => tensor.neg();

        public static Tensor operator ~(Tensor tensor) => tensor.bitwise_not();

        public static Tensor operator &(Tensor left, Tensor right) => left.bitwise_and(right);

        public static Tensor operator |(Tensor left, Tensor right) => left.bitwise_or(right);

        public static Tensor operator ^(Tensor left, Tensor right) => left.bitwise_xor(right);

        private Tensor SubtractedFrom(Scalar left)
        {
            using var negated = neg();
            return negated.add(left);
        }

        private Tensor Dividing(Scalar left)
        {
            using var inverse = reciprocal();
            return inverse.mul(left);
        }
    }
}
