using System.Data;
using Dapper;

namespace AgentOps.Registry;

/// <summary>What was taken back of what registered versions learned from or were promoted by, as the view of models has it.</summary>
internal sealed class WithdrawalMarks
{
    private readonly ILookup<(string Version, bool Decided), Guid> _withdrawals;

    private WithdrawalMarks(ILookup<(string Version, bool Decided), Guid> withdrawals) => _withdrawals = withdrawals;

    /// <param name="versions">As <c>name:version</c>.</param>
    public static async Task<WithdrawalMarks> OfAsync(IDbConnection connection, IEnumerable<string> versions) => new(
        (await connection.QueryAsync<(string Version, bool Decided, Guid Withdrawal)>(
            "SELECT version, decided, withdrawal FROM withdrawn_version WHERE version = ANY(@versions) ORDER BY withdrawal", new { versions = versions.ToArray() }))
        .ToLookup(mark => (mark.Version, mark.Decided), mark => mark.Withdrawal));

    public IReadOnlyList<Guid> Learned(string version) => [.. _withdrawals[(version, false)]];

    public IReadOnlyList<Guid> Decided(string version) => [.. _withdrawals[(version, true)]];
}
