using AgentOps.Agents;
using AgentOps.Contracts;

namespace AgentOps.Generator;

/// <summary>A played episode's turns as the ledger records them.</summary>
public static class RecordedTurns
{
    public static RecordedTurn[] Of(Transcript transcript) => [.. transcript.Turns.Select(turn => new RecordedTurn(turn.Observation, turn.Action, turn.Invalid, turn.Role))];
}
