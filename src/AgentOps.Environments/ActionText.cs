using System.Text;

namespace AgentOps.Environments;

/// <summary>What an action's text may be: bounded, and the same before and after it has been written down.</summary>
public static class ActionText
{
    /// <summary>Characters. The longest admissible action has about 40; twice 24 such turns of the worst characters still fit into an event of 64 KiB.</summary>
    public const int MaxLength = 300;

    private static readonly UTF8Encoding Replacing = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: false);

    /// <summary>The action as it is recorded and played: what UTF-8 cannot hold is replaced, and what is too long is cut and ends in an ellipsis, which leaves it one character above the limit and so never admissible.</summary>
    public static string Recorded(string action)
    {
        ArgumentNullException.ThrowIfNull(action);
        var tooLong = action.Length > MaxLength;
        var kept = tooLong ? action[..MaxLength] : action;
        var wellFormed = Replacing.GetString(Replacing.GetBytes(kept));
        return tooLong ? wellFormed + "…" : wellFormed;
    }

    /// <summary>A foreign text's first characters, for an error's sentence.</summary>
    internal static string Excerpt(string? text) => text is null ? "" : text.Length <= 60 ? text : text[..60] + "…";
}
