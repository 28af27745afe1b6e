namespace AgentOps.Learning;

/// <summary>An online training was stopped by its own rule.</summary>
public sealed class TrainingCollapsedException(string message) : Exception(message);
