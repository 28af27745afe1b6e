using AgentOps.Torch.Interop;

namespace TorchSharp;

/// <summary>A number of any kind as an operand of a tensor operation.</summary>
public readonly struct Scalar
{
    private Scalar(Number number) => Value = number;

    internal Number Value { get; }

    public static implicit operator Scalar(byte value) => new(new(0, value, 1));

    public static implicit operator Scalar(int value) => new(new(0, value, 1));

    public static implicit operator Scalar(long value) => new(new(0, value, 1));

    public static implicit operator Scalar(float value) => new(new(value, 0, 0));

    public static implicit operator Scalar(double value) => new(new(value, 0, 0));

    public static implicit operator Scalar(bool value) => new(new(0, value ? 1 : 0, 2));

    internal static Scalar Of(Number number) => new(number);

    internal double AsDouble() => Value.Kind == 0 ? Value.Real : Value.Integer;

    internal long AsInt64() => Value.Kind == 0 ? (long)Value.Real : Value.Integer;
}
