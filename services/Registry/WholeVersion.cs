using AgentOps.Artifacts;
using AgentOps.Hosting;
using Microsoft.AspNetCore.Http;

namespace AgentOps.Registry;

/// <summary>What an alias points at, or a deployment answers with, is whole: every file of it is there and has its digest.</summary>
internal static class WholeVersion
{
    /// <param name="model">The model's name.</param>
    /// <param name="wanted">What is to be done with the version, for the refusal: such as <c>deployed</c>.</param>
    /// <exception cref="ProblemException">It is damaged or gone (409).</exception>
    public static async Task CheckWholeAsync(this ModelVersion version, string model, string wanted, ArtifactStore artifacts, CancellationToken ct)
    {
        try
        {
            await artifacts.VerifyFolderAsync(version.Digest, ct);
        }
        catch (Exception unusable) when (unusable is ArtifactMissingException or ArtifactCorruptException)
        {
            throw new ProblemException(StatusCodes.Status409Conflict, "artifact-unusable", $"{model}:{version.Version} cannot be {wanted}: {unusable.Message}");
        }
    }
}
