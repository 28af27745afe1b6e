namespace AgentOps.Contracts;

/// <summary>Personal data as it stands in events and artifacts: readable as long as the subject's key is kept, which is outside of both.</summary>
/// <param name="Subject">Whose it is.</param>
/// <param name="Ciphertext">Base64.</param>
public sealed record Encrypted(string Subject, string Ciphertext);

/// <summary>The turns of an episode that holds personal data, and why it failed.</summary>
/// <param name="Count">How many turns there are; this and the next are not secret.</param>
/// <param name="Invalid">How many of their actions were invalid.</param>
public sealed record EncryptedTurns(Encrypted Text, int Count, int Invalid);

/// <summary>What an <see cref="EncryptedTurns"/> holds.</summary>
public sealed record EpisodeText(IReadOnlyList<RecordedTurn> Turns, string? Reason);
