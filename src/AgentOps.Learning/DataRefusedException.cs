using AgentOps.Contracts;

namespace AgentOps.Learning;

/// <summary>A data set of well-formed samples of which nothing, or one side only, can be trained on.</summary>
/// <param name="balance">What became of each of them.</param>
public sealed class DataRefusedException(string message, BalanceSheet balance) : Exception(message)
{
    public BalanceSheet Balance { get; } = balance;
}
