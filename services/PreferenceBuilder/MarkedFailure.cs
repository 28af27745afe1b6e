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
        // Both begin as every conversation does.
        var (mark, begin) = (tokenizer.Chat.Encode([ChatMessage.User(Text)]).Ids, tokenizer.Chat.Begin.Length);
        return sequence with { Ids = [.. mark, .. sequence.Ids[begin..]], Trained = [.. sequence.Trained.Select(span => new[] { span[0] + mark.Length - begin, span[1] })] };
    }
}
