using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AgentOps.Registry;

public static class EvidenceEndpoints
{
    // Each is written whole to the disk before it is sent.
    private static readonly Places Bundles = new(4, "evidence-under-way", "4 bundles are being written");

    public static void MapEvidence(this WebApplication app)
    {
        app.MapGet("/api/v1/models/{name}/versions/{version:int}/evidence", async (string name, int version, bool? datasets, EvidenceWriter writer, LedgerStore ledger, HttpContext http, CancellationToken ct) =>
            await BundleAsync(await ledger.RootAsync(name, version, ct), datasets == true, writer, http, ct)).RequireRole(Role.Viewer).ShowsView("lineage");
        app.MapGet("/api/v1/models/{name}/aliases/{alias}/evidence", async (string name, string alias, DateTimeOffset? at, bool? datasets, EvidenceWriter writer, LedgerStore ledger, HttpContext http, CancellationToken ct) =>
            await BundleAsync(await ledger.RootAsync(name, alias, at, ct), datasets == true, writer, http, ct)).RequireRole(Role.Viewer).ShowsView("lineage");
        app.MapGet("/api/v1/deployments/{name}/evidence", async (string name, DateTimeOffset? at, bool? datasets, EvidenceWriter writer, LedgerStore ledger, HttpContext http, CancellationToken ct) =>
            await BundleAsync(await ledger.DeploymentRootAsync(name, at, ct), datasets == true, writer, http, ct)).RequireRole(Role.Viewer).ShowsView("lineage");
    }

    private static async Task<IResult> BundleAsync(LineageRoot root, bool datasets, EvidenceWriter writer, HttpContext http, CancellationToken ct)
    {
        // Until the last byte is sent the bundle takes its room.
        http.Response.RegisterForDispose(await Bundles.TakeAsync(ct));
        // Written aside, so that what is sent is whole or is not sent. The file goes with its stream.
        var bundle = Temporary();
        try
        {
            await writer.WriteAsync(root, datasets, bundle, ct);
            bundle.Position = 0;
            return Results.Stream(bundle, "application/zip", $"{root.Model}-{root.Version}.zip");
        }
        catch (Exception refused)
        {
            await bundle.DisposeAsync();
            if (refused is ArtifactMissingException or ArtifactCorruptException)
                throw new ProblemException(StatusCodes.Status409Conflict, "artifact-unusable", $"{root.Model}:{root.Version} cannot be proved: {refused.Message}");
            throw;
        }
    }

    private static FileStream Temporary()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new(Path.Combine(Path.GetTempPath(), $"agentops-evidence-{Guid.NewGuid():N}.zip"), options);
    }
}
