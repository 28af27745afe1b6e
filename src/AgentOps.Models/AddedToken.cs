namespace AgentOps.Models;

/// <summary>A token that is found in the text as it is spelled, before anything else looks at it. Special ones steer the model and are no text.</summary>
public sealed record AddedToken(int Id, string Content, bool Special, bool Normalized = false);
