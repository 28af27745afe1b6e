using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Proofs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AgentOps.Gateway;

/// <param name="Name">Who the key is for; it stands as the actor in the ledger.</param>
public sealed record NewKey(string Name, Role Role);

public static class KeyEndpoints
{
    private const int LongestName = 100;
    private const int PageSize = 50;

    public static void MapKeys(this WebApplication app)
    {
        var keys = app.MapGroup("/api/v1/keys").RequireAuthorization(Role.Admin.ToString());
        keys.MapGet("", (Guid? cursor, KeyRing ring) => Page.Of([.. ring.After(cursor).Take(PageSize + 1)], PageSize, key => key.Id.ToString()));
        keys.MapPost("", async (NewKey key, Caller caller, KeyRing ring, CancellationToken ct) =>
        {
            // Two names that look the same would be two persons: four eyes must not be two.
            if (key.Name.Length is 0 or > LongestName || !PlainText.Is(key.Name) || key.Name != key.Name.Trim() || key.Name.Contains(':', StringComparison.Ordinal))
                throw ProblemException.BadRequest("key-name", $"A key's name has 1 to {LongestName} characters, of which all can be seen and none is a colon, and no blank at its ends.");
            if (key.Name == ModelEvents.Gate)
                throw ProblemException.BadRequest("key-name", $"No key can be called '{ModelEvents.Gate}': so the ledger calls the gate of a promotion.");
            var (created, secret) = await ring.CreateAsync(key.Name, key.Role, caller, ct);
            return Results.Created($"/api/v1/keys/{created.Id}", new { created.Id, created.Name, created.Role, key = secret });
        });
        keys.MapDelete("/{id:guid}", async (Guid id, Caller caller, KeyRing ring, CancellationToken ct) =>
        {
            await ring.RevokeAsync(id, caller, ct);
            return Results.NoContent();
        });
    }
}
