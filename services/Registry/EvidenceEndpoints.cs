using AgentOps.Artifacts;
using AgentOps.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AgentOps.Registry;

public static class EvidenceEndpoints
{
    public static void MapEvidence(this WebApplication app) =>
        app.MapGet("/api/v1/models/{name}/versions/{version:int}/evidence", async (string name, int version, EvidenceWriter writer, CancellationToken ct) =>
        {
            // Written aside, so that what is sent is whole or is not sent. The file goes with its stream.
            var bundle = Temporary();
            try
            {
                await writer.WriteAsync(name, version, bundle, ct);
                bundle.Position = 0;
                return Results.Stream(bundle, "application/zip", $"{name}-{version}.zip");
            }
            catch (Exception refused)
            {
                await bundle.DisposeAsync();
                if (refused is ArtifactMissingException or ArtifactCorruptException)
                    throw new ProblemException(StatusCodes.Status409Conflict, "artifact-unusable", $"{name}:{version} cannot be proved: {refused.Message}");
                throw;
            }
        }).RequireRole(Contracts.Role.Viewer).ShowsView("lineage");

    private static FileStream Temporary()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new(Path.Combine(Path.GetTempPath(), $"agentops-evidence-{Guid.NewGuid():N}.zip"), options);
    }
}
