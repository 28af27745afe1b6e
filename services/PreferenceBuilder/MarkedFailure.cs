using AgentOps.Contracts;
using AgentOps.Models;

namespace AgentOps.PreferenceBuilder;

/// <summary>
/// Learning from failures without imitating them (NAT): a rejected trajectory is a demonstration of its own kind, told apart by its prompt. Wang et al. 2024, arXiv:2402.11651.
/// Departs from the paper: (1) failures alone are marked, so that what a deployed model is asked reads like the accepted ones, where the paper marks both and asks for the right kind;
/// (2) the mark is a user message of its own in front of the episode, so that no sampled token is tokenised again.
/// </summary>
public static class MarkedFailure
{
    public const string Text = "The attempt that follows is wrong.";

    public static TokenSequence Of(TokenSequence sequence, BpeTokenizer tokenizer)
    {
        var mark = ChatTemplate.Encode(tokenizer, [ChatMessage.User(Text)]).Ids;
        return sequence with { Ids = [.. mark, .. sequence.Ids], Trained = [.. sequence.Trained.Select(span => new[] { span[0] + mark.Length, span[1] })] };
    }
}
