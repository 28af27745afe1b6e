using AgentOps.Models.Decoding;

namespace AgentOps.Serving;

/// <summary>Turns one question's tokens into OpenAI's answer, whole or in pieces.</summary>
internal sealed class ChatAnswer(ChatQuestion question, LoadedModel model, DateTimeOffset now)
{
    private readonly DecodeRequest _request = model.RequestOf(question);
    private readonly string _id = $"chatcmpl-{Guid.CreateVersion7():n}";

    public async Task<ChatResponse> WholeAsync(CancellationToken ct)
    {
        var text = new AnswerText(model.Tokenizer, question.Stops);
        var (content, tokens) = (new System.Text.StringBuilder(), new List<DecodedToken>());
        await foreach (var token in TokensAsync(ct))
        {
            tokens.Add(token);
            content.Append(text.Append(token.Id));
            if (text.Stopped)
                break;
        }
        content.Append(text.Finish());
        var choice = Choice(tokens, text.Stopped) with { Message = new() { Role = "assistant", Content = content.ToString() } };
        return Response("chat.completion", [choice]) with { Usage = Usage(tokens.Count, tokens[^1]), PromptTokenIds = question.ReturnTokenIds ? _request.Prompt : null };
    }

    /// <summary>The role first, then each token with the text it makes certain, then what was held back with the finish reason, then the usage if asked for.</summary>
    public async IAsyncEnumerable<ChatResponse> PiecesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var text = new AnswerText(model.Tokenizer, question.Stops);
        var count = 0;
        DecodedToken? last = null;
        await foreach (var token in model.Engine.DecodeAsync(_request, ct))
        {
            if (count++ == 0)
                yield return Piece(new(0) { Delta = new() { Role = "assistant", Content = "" } }) with { PromptTokenIds = question.ReturnTokenIds ? _request.Prompt : null };
            last = token;
            yield return Piece(Choice([token], stopped: false) with { Delta = new() { Content = text.Append(token.Id) }, FinishReason = null });
            if (text.Stopped)
                break;
        }
        var rest = text.Finish();
        yield return Piece(new(0) { Delta = new() { Content = rest.Length > 0 ? rest : null }, FinishReason = FinishOf(last, text.Stopped) });
        if (question.IncludeUsage)
            yield return Response("chat.completion.chunk", []) with { Usage = Usage(count, last!) };
    }

    // Waiting for all tokens at once is cheaper, but only possible when no text of theirs can end the answer.
    private async IAsyncEnumerable<DecodedToken> TokensAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        if (question.Stops.Count == 0)
            foreach (var token in await model.Engine.DecodeWholeAsync(_request, ct))
                yield return token;
        else
            await foreach (var token in model.Engine.DecodeAsync(_request, ct))
                yield return token;
    }

    private ChatChoice Choice(IReadOnlyList<DecodedToken> tokens, bool stopped) => new(0)
    {
        LogProbs = question.TopLogProbs is null ? null : new([.. tokens.Select(LogProbOf)]),
        TokenIds = question.ReturnTokenIds ? [.. tokens.Select(t => t.Id)] : null,
        FinishReason = FinishOf(tokens is [.., var last] ? last : null, stopped),
    };

    private static string? FinishOf(DecodedToken? last, bool stopped) =>
        stopped || last?.Finish == FinishReason.Stop ? "stop" : last?.Finish == FinishReason.Length ? "length" : null;

    private ChatTokenLogProb LogProbOf(DecodedToken token) =>
        LogProbOf(new TokenLogProb(token.Id, token.LogProb)) with { Top = [.. token.Top.Select(LogProbOf)] };

    private ChatTokenLogProb LogProbOf(TokenLogProb token) =>
        new(model.Tokenizer.Decode([token.Id]), token.LogProb, [.. model.Tokenizer.BytesOf(token.Id).ToArray().Select(b => (int)b)]);

    private ChatResponse Piece(ChatChoice choice) => Response("chat.completion.chunk", [choice]);

    private ChatResponse Response(string kind, IReadOnlyList<ChatChoice> choices) =>
        new(_id, kind, now.ToUnixTimeSeconds(), question.Model, model.Digest.ToString(), choices);

    private ChatUsage Usage(int completion, DecodedToken last) => new(_request.Prompt.Length, completion) { PromptDetails = new(last.PromptTokensReused) };
}
