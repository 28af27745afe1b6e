using TorchSharp;
using static TorchSharp.torch;

namespace AgentOps.Torch.Tests;

public sealed class DisposeScopeTests
{
    [Fact]
    public void A_scope_disposes_what_was_made_in_it()
    {
        Tensor inside;
        using (NewDisposeScope())
        {
            inside = zeros(1);
        }

        Assert.True(inside.IsInvalid);
    }

    [Fact]
    public void A_tensor_moved_out_lives_as_long_as_the_outer_scope()
    {
        Tensor moved;
        using (NewDisposeScope())
        {
            using (NewDisposeScope())
            {
                moved = zeros(1).MoveToOuterDisposeScope();
            }

            Assert.False(moved.IsInvalid);
        }

        Assert.True(moved.IsInvalid);
    }

    [Fact]
    public void A_detached_tensor_belongs_to_whoever_holds_it()
    {
        Tensor kept;
        using (NewDisposeScope())
        {
            kept = zeros(1).DetachFromDisposeScope();
        }

        Assert.False(kept.IsInvalid);
        kept.Dispose();
    }

    [Fact]
    public void A_scope_forgets_what_was_disposed_before_its_end()
    {
        using var scope = NewDisposeScope();
        zeros(1).Dispose();
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void Ending_an_outer_scope_ends_the_inner_ones()
    {
        var outer = NewDisposeScope();
        NewDisposeScope();
        var inside = zeros(1);
        outer.Dispose();
        Assert.True(inside.IsInvalid);
        Assert.Null(CurrentDisposeScope);
    }

    [Fact]
    public void A_scope_of_one_thread_takes_nothing_of_another()
    {
        using var scope = NewDisposeScope();
        Tensor? elsewhere = null;
        var thread = new Thread(() => elsewhere = zeros(1));
        thread.Start();
        thread.Join();
        Assert.Equal(0, scope.DisposablesCount);
        elsewhere!.Dispose();
    }

    [Fact]
    public void Gradients_are_off_until_the_mode_ends_and_on_this_thread_only()
    {
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            var other = false;
            var thread = new Thread(() => other = is_grad_enabled());
            thread.Start();
            thread.Join();
            Assert.True(other);
            using (enable_grad())
            {
                Assert.True(is_grad_enabled());
            }

            Assert.False(is_grad_enabled());
        }

        Assert.True(is_grad_enabled());
    }
}
