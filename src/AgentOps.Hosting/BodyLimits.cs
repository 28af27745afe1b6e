namespace AgentOps.Hosting;

/// <summary>What a request's body may have in bytes, the same at the gateway and at the service behind it: what the one lets through the other reads.</summary>
public static class BodyLimits
{
    /// <summary>Every call but a chat.</summary>
    public const int Any = 1 << 20;

    /// <summary>A chat: a context of a million token ids in decimal, with room for the rest.</summary>
    public const int Chat = 8 << 20;
}
