using AgentOps.Models;
using AgentOps.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>A training between two optimiser steps: weights, AdamW's moments, the place in the data order, and what the algorithm keeps. Not thread-safe.</summary>
public sealed class TrainingState : IDisposable
{
    // AdamW, arXiv:1711.05101, with the constants of the project's small models; every weight decays.
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.98;
    private const double WeightDecay = 0.01;
    private const double LargestNorm = 1.0;

    private readonly AdamW _optimizer;

    private readonly Policy? _keptBase;

    private readonly ValueHead? _head;

    /// <summary>Before the first step. Takes over the policies and the head: disposing the state disposes them.</summary>
    /// <param name="keptBase">The model that the policy starts from, where the training needs it as it was.</param>
    /// <param name="head">What is trained beside the policy, where the algorithm has one: a part of the state and not of the model.</param>
    public TrainingState(Policy policy, Policy? keptBase = null, ValueHead? head = null)
    {
        (Policy, _keptBase, _head) = (policy, keptBase, head);
        foreach (var (_, parameter) in keptBase?.Parameters ?? [])
            parameter.requires_grad = false;
        var options = new AdamW.Options(Beta1: Beta1, Beta2: Beta2, WeightDecay: WeightDecay);
        _optimizer = optim.AdamW([Group(Body), .. Heads.Any() ? [Group(Heads)] : Array.Empty<AdamW.ParamGroup>()]);

        AdamW.ParamGroup Group(IEnumerable<(string, Parameter Parameter)> trained) => new(trained.Select(named => named.Parameter), options);
    }

    public Policy Policy { get; }

    /// <summary>The processes that take each step together, every one with its <see cref="Part"/> of the batch; null: this one alone. Belongs to whoever opened it.</summary>
    public ProcessGroup? Processes { get; init; }

    /// <exception cref="InvalidOperationException">It was not given.</exception>
    internal ValueHead Head => _head ?? throw new InvalidOperationException("This training has no value head.");

    /// <summary>The model that the policy started from, frozen.</summary>
    /// <exception cref="InvalidOperationException">It was not given.</exception>
    internal Policy KeptBase => _keptBase ?? throw new InvalidOperationException("This training needs the model it starts from, which was not kept.");

    /// <summary>Optimiser steps done.</summary>
    public int Step { get; private set; }

    /// <summary>Training tokens seen, padding not counted.</summary>
    public long Tokens { get; private set; }

    /// <summary>The algorithm has reached its target before the end of its steps.</summary>
    public bool Finished { get; internal set; }

    /// <summary>The metrics of the last report, which a training that ends right behind a resume has no other way to know; empty before the first.</summary>
    internal IReadOnlyDictionary<string, double> Reported { get; set; } = new Dictionary<string, double>();

    /// <summary>Numbers that the algorithm computed once and needs again after a resume, by name.</summary>
    internal Dictionary<string, float[]> Kept { get; } = [];

    /// <summary>One optimiser step down the loss, with gradients clipped at norm 1.</summary>
    /// <param name="loss">A number with a graph; of several processes what this one's part adds to it.</param>
    /// <param name="tokens">Training tokens of the step, padding not counted, all parts together.</param>
    /// <param name="steps">The steps that there will be in all.</param>
    /// <param name="metrics">Numbers to report besides; of several processes what this one's part adds to each.</param>
    /// <exception cref="NonFiniteStepException">The loss or a gradient is infinite or not a number; weights, moments and step are unchanged.</exception>
    public StepReport Take(Tensor loss, long tokens, int steps, double learningRate, params ReadOnlySpan<(string Name, Tensor Value)> metrics)
    {
        Shape.Is(loss);
        var values = Summed([loss.ToDouble(), .. metrics.ToArray().Select(metric => metric.Value.ToDouble())]);
        var reported = new Dictionary<string, double> { ["loss"] = values[0], ["learningRate"] = learningRate };
        for (var i = 0; i < metrics.Length; i++)
            reported.Add(metrics[i].Name, values[i + 1]);
        if (!double.IsFinite(reported["loss"]))
            throw new NonFiniteStepException(Step + 1, "the loss");

        _optimizer.zero_grad();
        loss.backward();
        SumGradients();
        // The norm adds up squares of float32 in float64: it is finite where every gradient is. What is not finite stays so, however it is scaled.
        reported["gradientNorm"] = nn.utils.clip_grad_norm_(_optimizer.parameters(), LargestNorm);
        if (!double.IsFinite(reported["gradientNorm"]))
            RefuseGradients();
        foreach (var (group, times) in _optimizer.ParamGroups.Zip([1, ValueHead.LearningRateTimes]))
            group.LearningRate = times * learningRate;
        _optimizer.step();
        _optimizer.zero_grad();
        Step++;
        Tokens += tokens;
        return new(Step, steps, Tokens, reported);
    }

    /// <summary>Writes everything that a resume needs; the same state gives the same bytes.</summary>
    /// <param name="work">What the training is: <see cref="Load"/> refuses another.</param>
    public void Save(string folder, string work) => new StateFile(
        new StateFile.Place(StateFile.Format, work, Step, Tokens, Finished, Reported),
        Trained.Select(named => new NamedTensor(named.Name, named.Parameter.shape, Numbers.Of(named.Parameter))).ToDictionary(tensor => tensor.Name, StringComparer.Ordinal),
        Moments().ToDictionary(moment => moment.Name, moment => new NamedTensor(moment.Name, moment.Value.shape, Numbers.Of(moment.Value)), StringComparer.Ordinal),
        Kept.ToDictionary(kept => kept.Key, kept => new NamedTensor(kept.Key, [kept.Value.Length], kept.Value), StringComparer.Ordinal)).Write(folder);

    /// <summary>Becomes the state that <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The state is malformed, of another model or of other work; this one is unchanged.</exception>
    /// <exception cref="ModelFormatException">A tensor file is absent or malformed; this state is unchanged.</exception>
    public void Load(string folder, string work)
    {
        var read = StateFile.Read(folder, work);
        (string Name, Tensor Value)[] targets = [.. Trained.Select(named => (named.Name, (Tensor)named.Parameter)), .. Moments()];
        var values = targets.Select(target => read.ValuesOf(target.Name, target.Value.shape)).ToArray();
        for (var i = 0; i < targets.Length; i++)
            Numbers.Set(targets[i].Value, values[i]);
        Kept.Clear();
        foreach (var (name, kept) in read.Kept)
            Kept.Add(name, kept.Values);
        (Step, Tokens, Finished, Reported) = (read.At.Step, read.At.Tokens, read.At.Finished, read.At.Metrics ?? Reported);
        foreach (var state in _optimizer.States)
            state.step = Step;
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        Policy.Dispose();
        _keptBase?.Dispose();
        _head?.Dispose();
    }

    /// <summary>What the optimiser changes, in the order in which it knows it.</summary>
    private IEnumerable<(string Name, Parameter Parameter)> Trained => Body.Concat(Heads);

    private IEnumerable<(string Name, Parameter Parameter)> Body => Policy.Trained.Where(named => named.name != TensorNames.Score);

    /// <summary>What begins at 0 and learns faster: a reward model's score, a value head.</summary>
    private IEnumerable<(string Name, Parameter Parameter)> Heads => Policy.Trained.Where(named => named.name == TensorNames.Score).Concat(_head?.Parameters ?? []);

    /// <summary>Numbers of this process, as the sums over all of them.</summary>
    internal double[] Summed(double[] values)
    {
        if (Processes is null)
            return values;
        using var scope = NewDisposeScope();
        var sum = tensor(values, [values.Length]);
        Processes.Sum(sum);
        return sum.data<double>().ToArray();
    }

    /// <summary>What the parts' gradients add up to is the batch's.</summary>
    private void SumGradients()
    {
        if (Processes is null)
            return;
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        foreach (var (_, parameter) in Trained)
            parameter.grad ??= zeros_like(parameter);
        Processes.Sum([.. Trained.Select(named => named.Parameter.grad!)]);
    }

    /// <exception cref="NonFiniteStepException">Always, with the first weight whose gradient is not finite.</exception>
    private void RefuseGradients()
    {
        using var scope = NewDisposeScope();
        var name = Trained.First(named => named.Parameter.grad is { } gradient && !gradient.isfinite().all().ToBoolean()).Name;
        _optimizer.zero_grad();
        throw new NonFiniteStepException(Step + 1, $"the gradient of {name}");
    }

    /// <summary>AdamW's two running means of every weight, under the weight's name.</summary>
    private IEnumerable<(string Name, Tensor Value)> Moments() => Trained.Zip(_optimizer.States).SelectMany(pair => new[]
    {
        ($"exp_avg.{pair.First.Name}", pair.Second.exp_avg), ($"exp_avg_sq.{pair.First.Name}", pair.Second.exp_avg_sq),
    });
}
