using AgentOps.Torch.Interop;

namespace TorchSharp.Modules;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, arXiv:1711.05101, algorithm 2); one native call per group and step.</summary>
public sealed unsafe class AdamW : torch.optim.Optimizer
{
    private readonly List<ParamGroup> groups;

    internal AdamW(IEnumerable<ParamGroup> groups)
    {
        this.groups = [.. groups];
        foreach (var group in this.groups)
        {
            group.Options.Validate();
        }

        States = [.. this.groups.SelectMany(group => group.States)];
        if (States.Select(state => state.parameter).Distinct<Parameter>(ReferenceEqualityComparer.Instance).Count() != States.Count)
        {
            throw new ArgumentException("a parameter is given twice; give each to one group once");
        }
    }

    /// <summary>What the optimiser remembers, in the order of its parameters: saved and put back, training goes on bit for bit.</summary>
    public IReadOnlyList<ParameterState> States { get; }

    public override IEnumerable<torch.optim.ILearningRateController> ParamGroups => groups;

    public override IEnumerable<Parameter> parameters() => States.Select(state => state.parameter);

    public override torch.Tensor? step(Func<torch.Tensor>? closure = null)
    {
        torch.Tensor? loss = null;
        if (closure is not null)
        {
            using var recording = torch.enable_grad();
            loss = closure();
        }

        foreach (var group in groups)
        {
            Step(group);
        }

        return loss;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var state in States)
        {
            state.Dispose();
        }
    }

    private static void Step(ParamGroup group)
    {
        var (states, o) = (group.States, group.Options);
        var steps = states.Select(state => state.step).ToArray();
        fixed (nint* parameters = torch.Calls.Handles([.. states.Select(state => state.parameter)]),
            firsts = torch.Calls.Handles([.. states.Select(state => state.exp_avg)]),
            seconds = torch.Calls.Handles([.. states.Select(state => state.exp_avg_sq)]),
            largest = o.Amsgrad ? torch.Calls.Handles([.. states.Select(state => state.max_exp_avg_sq)]) : null)
        fixed (long* counts = steps)
        {
            Native.Check(Native.optim_adamw(
                parameters, firsts, seconds, largest, counts, states.Count,
                group.LearningRate, o.Beta1, o.Beta2, o.Eps, o.WeightDecay, o.Maximize ? 1 : 0));
        }

        for (var i = 0; i < steps.Length; i++)
        {
            states[i].step = steps[i];
        }
    }

    /// <summary>The constants of one group.</summary>
    public sealed record Options(
        double LearningRate = 0.001, double Beta1 = 0.9, double Beta2 = 0.999, double Eps = 1e-8, double WeightDecay = 0,
        bool Amsgrad = false, bool Maximize = false)
    {
        internal void Validate()
        {
            if (!(LearningRate >= 0 && Eps >= 0 && WeightDecay >= 0 && Beta1 is >= 0 and < 1 && Beta2 is >= 0 and < 1))
            {
                throw new ArgumentException($"AdamW needs lr, eps and weight decay of at least 0 and betas in [0, 1), got {this}");
            }
        }
    }

    /// <summary>Parameters that share their constants.</summary>
    public sealed class ParamGroup : torch.optim.ILearningRateController
    {
        public ParamGroup(IEnumerable<Parameter> parameters, Options? options = null)
        {
            Options = options ?? new Options();
            LearningRate = InitialLearningRate = Options.LearningRate;
            States = [.. parameters.Select(parameter => new ParameterState(parameter, Options.Amsgrad))];
        }

        public double LearningRate { get; set; }

        public double InitialLearningRate { get; set; }

        internal Options Options { get; }

        internal IReadOnlyList<ParameterState> States { get; }
    }

    /// <summary>One parameter's running moments and how many steps they have seen.</summary>
    public sealed class ParameterState : IDisposable
    {
        internal ParameterState(Parameter parameter, bool amsgrad)
        {
            this.parameter = parameter;
            exp_avg = Zeros(parameter);
            exp_avg_sq = Zeros(parameter);
            max_exp_avg_sq = amsgrad ? Zeros(parameter) : null;
        }

        public Parameter parameter { get; }

        public torch.Tensor exp_avg { get; }

        public torch.Tensor exp_avg_sq { get; }

        /// <summary>Only with amsgrad.</summary>
        public torch.Tensor? max_exp_avg_sq { get; }

        public long step { get; set; }

        public void Dispose()
        {
            exp_avg.Dispose();
            exp_avg_sq.Dispose();
            max_exp_avg_sq?.Dispose();
        }

        private static torch.Tensor Zeros(Parameter parameter) => torch.zeros_like(parameter).DetachFromDisposeScope();
    }
}
