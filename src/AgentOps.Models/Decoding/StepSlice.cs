namespace AgentOps.Models.Decoding;

/// <summary>One sequence's share of a step: consecutive rows for consecutive positions.</summary>
/// <param name="FirstRow">Its first row in the step.</param>
/// <param name="Start">The position of that row in the sequence.</param>
/// <param name="Sampled">Its place among the rows that are sampled from, which is always its last row; -1 while the prompt is incomplete.</param>
internal readonly record struct StepSlice(Sequence Sequence, int FirstRow, int Start, int Count, int Sampled)
{
    public List<KvBlock> Blocks => Sequence.Blocks;
}
