using AgentOps.Contracts;

namespace AgentOps.Learning;

/// <summary>A data set that cannot be trained on: a line of it is malformed, or of its samples nothing or one side only will do.</summary>
/// <param name="balance">What became of each of its lines.</param>
public sealed class DataRefusedException(string message, BalanceSheet balance) : Exception(message)
{
    public BalanceSheet Balance { get; } = balance;
}
