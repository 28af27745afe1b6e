namespace AgentOps.Proofs;

/// <summary>Text from elsewhere, for a terminal.</summary>
public static class PlainText
{
    /// <summary>Without control characters, which a terminal would obey.</summary>
    public static string Of(string text) => string.Concat(text.Select(character => char.IsControl(character) ? '?' : character));
}
