namespace AgentOps.Learning.Tests;

/// <summary>Temporary folders that are gone after the test.</summary>
internal sealed class Folders : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("agentops-learning-");
    private int _count;

    public string New() => _root.CreateSubdirectory($"{_count++}").FullName;

    public void Dispose() => _root.Delete(recursive: true);
}
