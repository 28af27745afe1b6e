namespace AgentOps.Models.Decoding;

/// <summary>A request on its way through the engine. After submission only the engine's thread touches it.</summary>
internal sealed class Sequence(DecodeRequest request, ITokenSink sink, CancellationToken cancellation)
{
    public DecodeRequest Request => request;

    public ITokenSink Sink => sink;

    public CancellationToken Cancellation => cancellation;

    /// <summary>The prompt, then what was sampled.</summary>
    public List<int> Tokens { get; } = [.. request.Prompt];

    /// <summary>How many tokens' keys and values lie in <see cref="Blocks"/>.</summary>
    public int Computed { get; set; }

    /// <summary>How many of them were found in the cache on admission.</summary>
    public int Reused { get; set; }

    public List<KvBlock> Blocks { get; } = [];

    public int Generated => Tokens.Count - request.Prompt.Length;

    /// <summary>The blocks this request can come to need.</summary>
    public int WorstCaseBlocks => KvLayout.BlocksFor(request.Prompt.Length + request.MaxTokens);
}

/// <summary>Where a request's tokens go. Called from the engine's thread: must not block or throw.</summary>
internal interface ITokenSink
{
    void Token(DecodedToken token);

    void Completed();

    void Failed(Exception reason);
}
