using System.Threading.Channels;

namespace AgentOps.Models.Decoding;

/// <summary>Hands tokens over one by one as they are sampled.</summary>
internal sealed class StreamSink : ITokenSink
{
    private readonly Channel<DecodedToken> _tokens = Channel.CreateUnbounded<DecodedToken>(new() { SingleReader = true, SingleWriter = true });

    public ChannelReader<DecodedToken> Tokens => _tokens.Reader;

    public void Token(DecodedToken token) => _tokens.Writer.TryWrite(token);

    public void Completed() => _tokens.Writer.TryComplete();

    public void Failed(Exception reason) => _tokens.Writer.TryComplete(reason);
}

/// <summary>Collects tokens and hands them over once, when the request is finished: one wake-up instead of one per token.</summary>
internal sealed class WholeSink : ITokenSink
{
    private readonly List<DecodedToken> _tokens = [];
    private readonly TaskCompletionSource<IReadOnlyList<DecodedToken>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<IReadOnlyList<DecodedToken>> Answer => _answer.Task;

    public void Token(DecodedToken token) => _tokens.Add(token);

    public void Completed() => _answer.TrySetResult(_tokens);

    public void Failed(Exception reason)
    {
        if (reason is OperationCanceledException cancelled)
            _answer.TrySetCanceled(cancelled.CancellationToken);
        else
            _answer.TrySetException(reason);
    }
}
