namespace AgentOps.Pipeline;

/// <summary>A pipeline file was refused; says where and why in one sentence.</summary>
/// <param name="line">The line, counted from 1.</param>
/// <param name="key">The key as it stands in the file; null where the file as a whole is meant.</param>
public sealed class PipelineFileException(int line, string? key, string reason)
    : Exception(key is null ? $"Line {line}: {reason}" : $"Line {line}, '{key}': {reason}")
{
    public int Line { get; } = line;

    public string? Key { get; } = key;

    public string Reason { get; } = reason;
}
