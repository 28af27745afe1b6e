using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AgentOps.Torch.Tests;

public sealed class ModuleTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    [Fact]
    public void The_names_of_fields_are_the_names_of_the_state()
    {
        using var model = new Small();
        Assert.Equal(
            ["scale", "layers.0.weight", "layers.1.weight", "layers.1.bias", "head.weight", "offset"],
            model.named_parameters().Select(found => found.name).Concat(model.named_buffers().Select(found => found.name)));
        Assert.Equal(
            ["head.weight", "layers.0.weight", "layers.1.bias", "layers.1.weight", "offset", "scale"],
            model.state_dict().Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_state_goes_into_a_module_of_the_same_shape()
    {
        using var from = new Small();
        using var to = new Small();
        to.load_state_dict(from.state_dict());
        Assert.All(from.state_dict(), entry => Assert.True(to.state_dict()[entry.Key].equal(entry.Value)));
        Assert.True(to.parameters().All(parameter => parameter.requires_grad && parameter.is_leaf));
    }

    [Fact]
    public void A_state_that_lacks_a_name_or_has_one_too_many_is_refused_by_name()
    {
        using var model = new Small();
        var state = model.state_dict();
        state.Remove("head.weight");
        state["stranger"] = zeros(1);
        var refused = Assert.Throws<InvalidOperationException>(() => model.load_state_dict(state));
        Assert.Contains("missing [head.weight], unexpected [stranger]", refused.Message, StringComparison.Ordinal);
        Assert.Equal("stranger", model.load_state_dict(state, strict: false).unexpected_keys.Single());
    }

    [Fact]
    public void A_state_of_another_shape_is_refused_even_where_it_would_broadcast()
    {
        using var model = new Small();
        var state = model.state_dict();
        state["head.weight"] = zeros(1);
        Assert.Throws<InvalidOperationException>(() => model.load_state_dict(state));
    }

    [Fact]
    public void A_shared_parameter_is_counted_once()
    {
        using var first = Linear(2, 2, hasBias: false);
        using var tied = Sequential(first, Linear(first.weight));
        Assert.Single(tied.parameters());
        Assert.Equal(2, tied.state_dict().Count);
    }

    [Fact]
    public void A_module_moves_to_another_type_in_place()
    {
        using var model = new Small();
        var before = model.head.weight;
        model.to(float64);
        Assert.Same(before, model.head.weight);
        Assert.All(model.parameters(), parameter => Assert.Equal(ScalarType.Float64, parameter.dtype));
    }

    [Fact]
    public void Dropout_is_off_outside_training()
    {
        using var model = Sequential(Dropout(0.5));
        manual_seed(1);
        Assert.Contains(0f, model.call(ones(100)).data<float>().ToArray());
        model.eval();
        Assert.DoesNotContain(0f, model.call(ones(100)).data<float>().ToArray());
    }

    [Fact]
    public void A_linear_layer_begins_within_its_bound()
    {
        // 1 / sqrt(64) = 0.125
        using var layer = Linear(64, 200);
        Assert.InRange(layer.weight.abs().max().item<float>(), 0.12f, 0.125f);
        Assert.InRange(layer.bias!.abs().max().item<float>(), 0.1f, 0.125f);
    }

    public void Dispose() => scope.Dispose();

    private sealed class Small : Module<Tensor, Tensor>
    {
        private readonly Parameter scale = new(ones(3));
        private readonly Tensor offset = zeros(3);
        private readonly ModuleList<Linear> layers = ModuleList(Linear(3, 3, hasBias: false), Linear(3, 3));
        internal readonly Linear head = Linear(3, 2, hasBias: false);

        internal Small() : base(nameof(Small)) => RegisterComponents();

        public override Tensor forward(Tensor input) =>
            head.call(layers.Aggregate(input * scale + offset, (value, layer) => layer.call(value)));
    }
}
