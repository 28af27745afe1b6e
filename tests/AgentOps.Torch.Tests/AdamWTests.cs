using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AgentOps.Torch.Tests;

public sealed class AdamWTests
{
    [Fact]
    public void The_first_two_steps_are_the_papers()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(tensor(new[] { 1f }));
        using var adam = optim.AdamW([parameter], lr: 0.1, beta1: 0.9, beta2: 0.99, eps: 0, weight_decay: 0.5);

        // Gradient 2. m = 0.2, v = 0.04; m^ = 0.2 / 0.1 = 2, v^ = 0.04 / 0.01 = 4; 1 * (1 - 0.1 * 0.5) - 0.1 * 2 / 2 = 0.85
        Step(parameter, adam, 2);
        Assert.Equal(0.85, parameter.item<float>(), 1e-6);

        // Gradient -1. m = 0.18 - 0.1 = 0.08, v = 0.0396 + 0.01 = 0.0496; m^ = 0.08 / 0.19, v^ = 0.0496 / 0.0199
        // 0.85 * 0.95 - 0.1 * 0.42105263 / 1.57874 = 0.8075 - 0.02667 = 0.78083
        Step(parameter, adam, -1);
        Assert.Equal(0.8075 - 0.1 * (0.08 / 0.19) / Math.Sqrt(0.0496 / 0.0199), parameter.item<float>(), 1e-6);
        Assert.Equal((2, 0.08f, 0.0496f), (adam.States[0].step, MathF.Round(adam.States[0].exp_avg.item<float>(), 6), MathF.Round(adam.States[0].exp_avg_sq.item<float>(), 6)));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void The_one_pass_step_is_the_plain_one(bool amsgrad, bool maximize)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(3);
        var start = randn([1000], generator: random);
        var (single, twice) = (new Parameter(start), new Parameter(start.to(float64)));
        using var fast = optim.AdamW([single], 0.05, weight_decay: 0.1, amsgrad: amsgrad, maximize: maximize);
        using var plain = optim.AdamW([twice], 0.05, weight_decay: 0.1, amsgrad: amsgrad, maximize: maximize);
        for (var i = 0; i < 5; i++)
        {
            var gradient = randn([1000], generator: random);
            (single.grad, twice.grad) = (gradient, gradient.to(float64));
            fast.step();
            plain.step();
        }

        Assert.True(single.to(float64).allclose(twice, 1e-5, 1e-6));
    }

    [Fact]
    public void A_restored_state_goes_on_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        var (first, second) = (new Parameter(tensor(new[] { 1f, 2f })), new Parameter(tensor(new[] { 1f, 2f })));
        using var uninterrupted = optim.AdamW([first], 0.01);
        Step(first, uninterrupted, 3);
        second.bytes = first.bytes;
        using var resumed = optim.AdamW([second], 0.01);
        foreach (var (to, from) in resumed.States.Zip(uninterrupted.States))
        {
            to.exp_avg.bytes = from.exp_avg.bytes;
            to.exp_avg_sq.bytes = from.exp_avg_sq.bytes;
            to.step = from.step;
        }

        Step(first, uninterrupted, -1);
        Step(second, resumed, -1);
        Assert.True(first.bytes.SequenceEqual(second.bytes));
    }

    [Fact]
    public void A_parameter_without_gradient_stays_as_it_is()
    {
        using var parameter = new Parameter(ones(3));
        using var adam = optim.AdamW([parameter], weight_decay: 1);
        adam.step();
        Assert.Equal([1f, 1f, 1f], parameter.data<float>().ToArray());
        Assert.Equal(0, adam.States[0].step);
    }

    [Fact]
    public void A_schedule_sets_the_learning_rate()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(1));
        using var adam = optim.AdamW([parameter], lr: 1);
        adam.ParamGroups.Single().LearningRate = 0;
        Step(parameter, adam, 5);
        Assert.Equal(1f, parameter.item<float>());
    }

    [Fact]
    public void Clipping_scales_all_gradients_by_their_joint_norm()
    {
        using var scope = NewDisposeScope();
        var (left, right) = (new Parameter(zeros(1)), new Parameter(zeros(1)));
        (left.grad, right.grad) = (tensor(new[] { 3f }), tensor(new[] { 4f }));

        // sqrt(9 + 16) = 5, so each is multiplied by 1 / 5.
        Assert.Equal(5, nn.utils.clip_grad_norm_([left, right], 1), 1e-9);
        Assert.Equal(0.6, left.grad!.item<float>(), 1e-5);
        Assert.Equal(0.8, right.grad!.item<float>(), 1e-5);
        Assert.Equal(1, nn.utils.clip_grad_norm_([left, right], 10), 1e-5);
        Assert.Equal(0.6, left.grad!.item<float>(), 1e-5);
    }

    private static void Step(Parameter parameter, AdamW adam, float gradient)
    {
        parameter.grad = full_like(parameter, gradient);
        adam.step();
    }
}
