using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AgentOps.Models.Decoding;

/// <summary>
/// Draws a token from one row of logits. The draw depends on the logits, the request's parameters and seed and the token's place alone.
/// The sampled token's log-probability is that of the untempered softmax.
/// </summary>
internal static unsafe class Sampler
{
    /// <param name="logits">[vocabulary].</param>
    /// <param name="weights">[vocabulary] of scratch.</param>
    /// <param name="index">How many tokens the request has sampled before.</param>
    /// <exception cref="NonFiniteLogitsException">The logits hold a number that is not finite.</exception>
    public static DecodedToken Sample(float* logits, int vocabulary, float* weights, DecodeRequest request, int index)
    {
        var largest = Largest(logits, vocabulary);
        var logSum = Math.Log(Exponentiate(logits, vocabulary, largest, 1, weights));
        if (!double.IsFinite(logSum))
            throw new NonFiniteLogitsException($"The model's logits for token {index + 1} of the answer are not finite: its weights are damaged or its training has diverged.");
        var id = request.Temperature == 0
            ? new ReadOnlySpan<float>(logits, vocabulary).IndexOf(largest)
            : Draw(logits, vocabulary, largest, weights, request, RandomStream.At(request.Seed, index));
        float LogProb(int token) => (float)((double)logits[token] - largest - logSum);
        return new(id, LogProb(id), request.TopLogProbs == 0 ? [] : [.. Top(logits, vocabulary, request.TopLogProbs).Select(t => new TokenLogProb(t, LogProb(t)))]);
    }

    private static int Draw(float* logits, int vocabulary, float largest, float* weights, DecodeRequest request, double uniform)
    {
        var total = request.Temperature == 1
            ? Sum(weights, vocabulary)
            : Exponentiate(logits, vocabulary, largest, (float)(1 / request.Temperature), weights);
        return request.TopP >= 1
            ? Pick(new(weights, vocabulary), uniform * total)
            : DrawFromNucleus(weights, vocabulary, total, request.TopP, uniform);
    }

    // A token lighter than (1 - p) · total / vocabulary cannot be needed: all such tokens together weigh less than the (1 - p) that may be left out.
    private static int DrawFromNucleus(float* weights, int vocabulary, double total, double topP, double uniform)
    {
        var negligible = (1 - topP) * total / vocabulary;
        var candidates = new List<(float Weight, int Id)>();
        for (var id = 0; id < vocabulary; id++)
            if (weights[id] >= negligible)
                candidates.Add((weights[id], id));
        candidates.Sort((a, b) => a.Weight == b.Weight ? a.Id.CompareTo(b.Id) : b.Weight.CompareTo(a.Weight));
        double mass = 0;
        var nucleus = new List<float>();
        while (nucleus.Count < candidates.Count && (nucleus.Count == 0 || mass < topP * total))
        {
            nucleus.Add(candidates[nucleus.Count].Weight);
            mass += nucleus[^1];
        }
        return candidates[Pick(CollectionsMarshal.AsSpan(nucleus), uniform * mass)].Id;
    }

    /// <summary>The first place at which the running sum of weights passes the target; whole groups of 16 are passed over by their sums.</summary>
    private static int Pick(ReadOnlySpan<float> weights, double target)
    {
        double mass = 0;
        var i = 0;
        for (; i <= weights.Length - Lanes.Count; i += Lanes.Count)
        {
            var (low, high) = Vector512.Widen(Vector512.Create(weights.Slice(i, Lanes.Count)));
            var group = Lanes.Sum(low + high);
            if (mass + group > target)
                break;
            mass += group;
        }
        for (; i < weights.Length; i++)
        {
            if (weights[i] == 0)
                continue;
            mass += weights[i];
            if (mass > target)
                return i;
        }
        return weights.LastIndexOfAnyExcept(0f);
    }

    private static int[] Top(float* logits, int vocabulary, int count)
    {
        var top = new List<int>(count + 1);
        for (var id = 0; id < vocabulary; id++)
        {
            if (top.Count == count && logits[id] <= logits[top[^1]])
                continue;
            var place = top.Count;
            while (place > 0 && logits[id] > logits[top[place - 1]])
                place--;
            top.Insert(place, id);
            if (top.Count > count)
                top.RemoveAt(count);
        }
        return [.. top];
    }

    private static float Largest(float* logits, int vocabulary)
    {
        var lanes = Vector512.Create(float.NegativeInfinity);
        var i = 0;
        for (; i <= vocabulary - Lanes.Count; i += Lanes.Count)
            lanes = Vector512.Max(lanes, Vector512.Load(logits + i));
        var largest = Lanes.Max(lanes);
        for (; i < vocabulary; i++)
            largest = MathF.Max(largest, logits[i]);
        return largest;
    }

    /// <summary>Writes e^((logit - largest) · factor) and returns the sum.</summary>
    private static double Exponentiate(float* logits, int vocabulary, float largest, float factor, float* weights)
    {
        var i = 0;
        for (; i <= vocabulary - Lanes.Count; i += Lanes.Count)
            Exponential.Of((Vector512.Load(logits + i) - Vector512.Create(largest)) * Vector512.Create(factor)).Store(weights + i);
        for (; i < vocabulary; i++)
            weights[i] = Exponential.Of((logits[i] - largest) * factor);
        return Sum(weights, vocabulary);
    }

    private static double Sum(float* weights, int count)
    {
        Vector512<double> low = default, high = default;
        var i = 0;
        for (; i <= count - Lanes.Count; i += Lanes.Count)
        {
            var (l, h) = Vector512.Widen(Vector512.Load(weights + i));
            low += l;
            high += h;
        }
        var sum = Lanes.Sum(low + high);
        for (; i < count; i++)
            sum += weights[i];
        return sum;
    }
}
