namespace AgentOps.Models.Tests;

public sealed class when_two_models_are_compared
{
    private static Dictionary<string, NamedTensor> Model(params NamedTensor[] tensors) => tensors.ToDictionary(t => t.Name);

    [Fact]
    public void The_same_weights_have_no_difference() =>
        Assert.Empty(TensorDifferences.Between(Model(new NamedTensor("a", [2], [1, float.NaN])), Model(new NamedTensor("a", [2], [1, float.NaN]))));

    [Fact]
    public void Tensors_that_differ_come_in_the_order_of_their_names_with_where_and_by_how_much()
    {
        var from = Model(new("b", [4], [1, 2, 3, 4]), new("a", [2, 2], [1, 2, 3, 4]), new("c", [1], [0]));
        var to = Model(new("b", [4], [1, 2.5f, 3, 2]), new("a", [2, 2], [1, 2, 3, 5]), new("c", [1], [0]));

        Assert.Equal([new("a", null, 4, 1, 3, 1), new("b", null, 4, 2, 1, 2)], TensorDifferences.Between(from, to));
    }

    [Fact]
    public void A_zero_of_the_other_sign_is_a_difference_though_it_is_none_in_size() =>
        Assert.Equal([new TensorDifference("a", null, 1, 1, 0, 0)], TensorDifferences.Between(Model(new NamedTensor("a", [1], [0f])), Model(new NamedTensor("a", [1], [-0f]))));

    [Fact]
    public void A_tensor_of_one_side_or_of_another_shape_is_named_with_the_reason()
    {
        var differences = TensorDifferences.Between(Model(new("a", [1], [0]), new("b", [1, 2], [0, 0])), Model(new("b", [2], [0, 0]), new("c", [1], [0])));

        Assert.Equal(
            [new("a", "only the first model has it"), new("b", "its shape is [1, 2] in the first model and [2] in the second"), new("c", "only the second model has it")],
            differences);
    }
}
