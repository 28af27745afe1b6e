namespace AgentOps.Models.Decoding;

/// <summary>
/// One step through the model for the rows of all slices together, as phases of independent chunks: per layer the stacked query/key/value product,
/// attention, output product, gate/up product with SwiGLU and down product, then the head and the sampling.
/// Every number is computed in an order that depends on its own row alone.
/// </summary>
internal sealed unsafe class ForwardPass : IPhases
{
    private const int PhasesPerLayer = 5;
    private readonly DecoderModel _model;
    private readonly ModelConfig _config;
    private readonly float _epsilon;
    private readonly Attention _attention;
    private readonly RotaryTable _rotary;
    private readonly Activations _rows;
    private readonly Floats[] _scratch;
    private IReadOnlyList<StepSlice> _slices = [];
    private StepSlice[] _sampled = [];
    private int _count;

    public ForwardPass(DecoderModel model, KvLayout layout, int threads, int maxRows, int maxSampled, int maxContext)
    {
        (_model, _config, _epsilon) = (model, model.Config, (float)model.Config.RmsNormEps);
        _rotary = new RotaryTable(RotaryTable.Frequencies(_config.HeadDim, _config.RopeTheta, _config.RopeScaling));
        _attention = new Attention(_config, layout, _rotary, threads, maxContext);
        _rows = new Activations(model, maxRows, maxSampled);
        _scratch = [.. Enumerable.Range(0, threads).Select(_ => new Floats(_config.VocabularySize))];
        Results = new SampledToken[maxSampled];
    }

    /// <summary>What was sampled, by <see cref="StepSlice.Sampled"/>.</summary>
    public SampledToken[] Results { get; }

    public int Phases => _config.Layers * PhasesPerLayer + 2;

    private DecoderLayer Layer(int phase) => _model.Layers[phase / PhasesPerLayer];

    private bool IsHead(int phase) => phase == _config.Layers * PhasesPerLayer;

    private bool IsSampling(int phase) => phase > _config.Layers * PhasesPerLayer;

    /// <summary>Takes the next step's slices and looks their tokens' embeddings up.</summary>
    public void Prepare(IReadOnlyList<StepSlice> slices)
    {
        _slices = slices;
        _sampled = [.. slices.Where(s => s.Sampled >= 0)];
        _count = slices.Sum(s => s.Count);
        _rotary.Reach(slices.Max(s => s.Start + s.Count));
        foreach (var slice in slices)
            for (var i = 0; i < slice.Count; i++)
                _model.Embed(slice.Sequence.Tokens[slice.Start + i], _rows.Hidden.Row(slice.FirstRow + i));
        NormaliseAll(_model.Layers[0].InputGain);
    }

    public int Chunks(int phase)
    {
        if (IsSampling(phase))
            return _sampled.Length;
        if (IsHead(phase))
            return _sampled.Length == 0 ? 0 : _model.Head.Panels;
        return (phase % PhasesPerLayer) switch
        {
            0 => Layer(phase).Qkv.Panels,
            1 => _slices.Count * _config.KeyValueHeads,
            2 => Layer(phase).Output.Panels,
            3 => Layer(phase).GateUp.Panels,
            _ => Layer(phase).Down.Panels,
        };
    }

    public void Run(int phase, int chunk, int thread)
    {
        if (IsSampling(phase))
            Sample(_sampled[chunk], thread);
        else if (IsHead(phase))
            Product.Store(_model.Head, chunk, _rows.Final, _sampled.Length, _rows.Logits);
        else
            RunLayer(Layer(phase), phase, chunk, thread);
    }

    public void Finish(int phase)
    {
        if (IsHead(phase) || IsSampling(phase))
            return;
        var layer = phase / PhasesPerLayer;
        if (phase % PhasesPerLayer == 2)
            NormaliseAll(_model.Layers[layer].MlpGain);
        else if (phase % PhasesPerLayer == 4 && layer + 1 < _config.Layers)
            NormaliseAll(_model.Layers[layer + 1].InputGain);
        else if (phase % PhasesPerLayer == 4)
            foreach (var slice in _sampled)
                RmsNorm.Apply(_rows.Hidden.Row(slice.FirstRow + slice.Count - 1), _model.FinalGain.Pointer, _config.HiddenSize, _epsilon, _rows.Final.Row(slice.Sampled));
    }

    private void RunLayer(DecoderLayer layer, int phase, int chunk, int thread)
    {
        switch (phase % PhasesPerLayer)
        {
            case 0:
                Product.Store(layer.Qkv, chunk, _rows.Normalised, _count, _rows.Qkv);
                break;
            case 1:
                var slice = _slices[chunk / _config.KeyValueHeads];
                _attention.Run(
                    layer, phase / PhasesPerLayer, slice, chunk % _config.KeyValueHeads,
                    _rows.Qkv.Row(slice.FirstRow), _rows.Qkv.Stride, _rows.Attended.Row(slice.FirstRow), _rows.Attended.Stride, thread);
                break;
            case 2:
                Product.Add(layer.Output, chunk, _rows.Attended, _count, _rows.Hidden);
                break;
            case 3:
                Product.Gate(layer.GateUp, chunk, _rows.Normalised, _count, _rows.Gated);
                break;
            default:
                Product.Add(layer.Down, chunk, _rows.Gated, _count, _rows.Hidden);
                break;
        }
    }

    private void NormaliseAll(Floats gain)
    {
        for (var row = 0; row < _count; row++)
            RmsNorm.Apply(_rows.Hidden.Row(row), gain.Pointer, _config.HiddenSize, _epsilon, _rows.Normalised.Row(row));
    }

    // Logits that are not finite fail their own request, not the step.
    private void Sample(StepSlice slice, int thread)
    {
        try
        {
            var token = Sampler.Sample(_rows.Logits.Row(slice.Sampled), _config.VocabularySize, _scratch[thread].Pointer, slice.Sequence.Request, slice.Sequence.Generated);
            Results[slice.Sampled] = new(token, null);
        }
        catch (NonFiniteLogitsException failure)
        {
            Results[slice.Sampled] = new(null, failure);
        }
    }
}

/// <summary>What came of sampling one row: a token or the reason why there is none.</summary>
internal readonly record struct SampledToken(DecodedToken? Token, Exception? Failure);
