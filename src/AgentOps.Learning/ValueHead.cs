using AgentOps.Contracts;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace AgentOps.Learning;

/// <summary>
/// A linear map from the transformer's last hidden state to one number: what the rest of an episode is worth. It reads the state from which a turn's first token is predicted, one number for each turn: the environment answers
/// whole turns, so nothing can be gained or lost within one, and discount and λ do not depend on how a tokenizer cuts words. Its loss goes on into the transformer, as in PPO's eq. 9 for shared parameters.
/// It begins at 0 everywhere.
/// </summary>
public sealed class ValueHead : IDisposable
{
    /// <summary>It learns so much faster than the model, which has learned before; so does a reward model's score.</summary>
    internal const double LearningRateTimes = 10;

    private readonly Parameter _weight;
    private readonly Parameter _bias;

    /// <param name="hidden">The transformer's width.</param>
    public ValueHead(long hidden, Device? device = null)
    {
        using var scope = NewDisposeScope();
        (_weight, _bias) = (Parameter(zeros(1, hidden, device: device)), Parameter(zeros(1, device: device)));
        Parameters = [("value_head.bias", _bias), ("value_head.weight", _weight)];
    }

    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <param name="hidden">[M, hidden].</param>
    /// <returns>[M].</returns>
    public Tensor Of(Tensor hidden)
    {
        Shape.Is(hidden, -1, _weight.shape[1]);
        return F.linear(hidden, _weight, _bias).squeeze(1);
    }

    /// <summary>Where a batch's turns begin.</summary>
    /// <param name="sequences">Whose trained spans are its turns.</param>
    /// <param name="starts">Of the sequences in the batch.</param>
    /// <returns>int64 [M]: indices into the batch's flattened ids, sequence by sequence.</returns>
    public static Tensor Places(IReadOnlyList<TokenSequence> sequences, IReadOnlyList<int> starts)
    {
        var places = sequences.SelectMany((sequence, i) => sequence.Trained.Select(span => (long)starts[i] + span[0] - 1)).ToArray();
        return tensor(places, [places.Length]);
    }

    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }
}
