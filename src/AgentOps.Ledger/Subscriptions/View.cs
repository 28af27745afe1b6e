using System.Text;
using AgentOps.Contracts;

namespace AgentOps.Ledger;

/// <summary>A read model: tables that follow the events of some categories. It can be dropped and rebuilt from the ledger at any time.</summary>
/// <param name="Name">Unique within the service.</param>
/// <param name="Version">Raised when <paramref name="Apply"/> changes, so that the view is rebuilt; a change of <paramref name="Ddl"/> is noticed by itself.</param>
/// <param name="Tables">The tables that <paramref name="Ddl"/> creates.</param>
/// <param name="Ddl">CREATE statements with unqualified names: the same text makes the live view and one as of a past position.</param>
/// <param name="Apply">Says what one event changes. It cannot read the rows: what is to follow from them, a statement says.</param>
public sealed record View(
    string Name,
    int Version,
    IReadOnlyList<string> Categories,
    IReadOnlyList<string> Tables,
    string Ddl,
    Action<StoredEvent, ViewChanges> Apply)
{
    internal string Definition => Digest.Of(Encoding.UTF8.GetBytes($"{Version}\n{string.Join(',', Categories)}\n{string.Join(',', Tables)}\n{Ddl}")).ToString();
}
