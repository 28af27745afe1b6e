using System.Text;
using AgentOps.Contracts;

namespace AgentOps.Exports.Tests;

internal static class SignedFiles
{
    public static ModelFile[] Of(params (string Name, string Content)[] files) => [.. files.Select(file => new ModelFile(file.Name, Digest.Of(Encoding.UTF8.GetBytes(file.Content))))];
}
