using System.Net;
using System.Text.Json;
using AgentOps.Tests;

namespace AgentOps.Gateway.Tests;

[Collection(OneGateway.Name)]
public sealed class HowKeysAreListed(GatewayService gateway)
{
    private const int PageSize = 50;

    [Fact]
    public async Task Page_by_page_in_the_order_in_which_they_were_made_also_behind_one_that_is_revoked_meanwhile()
    {
        var made = new List<string>();
        for (var i = 0; i < PageSize + 5; i++)
            made.Add((await gateway.Admin.PostAsync("/api/v1/keys", new { name = $"key {i}", role = "viewer" })).Is(HttpStatusCode.Created).Json.GetProperty("id").GetString()!);

        // Other tests' keys may stand before these.
        var (items, next) = await PageAsync($"/api/v1/keys?cursor={made[0]}");
        Assert.Equal(made.Skip(1).Take(PageSize), items);
        (await gateway.Admin.SendAsync(HttpMethod.Delete, $"/api/v1/keys/{next}")).Is(HttpStatusCode.NoContent);
        Assert.Equal(made.Skip(1 + PageSize), (await PageAsync($"/api/v1/keys?cursor={next}")).Items.Take(4));
    }

    private async Task<(List<string> Items, string? Next)> PageAsync(string path)
    {
        var page = (await gateway.Admin.GetAsync(path)).Is(HttpStatusCode.OK).Json;
        return ([.. page.GetProperty("items").EnumerateArray().Select(key => key.GetProperty("id").GetString()!)], page.TryGetProperty("next", out var next) && next.ValueKind == JsonValueKind.String ? next.GetString() : null);
    }
}
