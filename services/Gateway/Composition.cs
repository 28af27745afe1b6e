using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Gateway;

/// <summary>What the gateway is made of, and in which order a call passes it.</summary>
public static class Composition
{
    /// <param name="adminKey">The key that is in force from the first start on.</param>
    public static void AddGateway(this ServiceHost host, string adminKey)
    {
        host.Services.AddSingleton(provider => new KeyRing(provider.GetRequiredService<LedgerStore>(), adminKey)).AddHostedService(provider => provider.GetRequiredService<KeyRing>());
        host.Services.AddSingleton<AccessLog>().AddHostedService(provider => provider.GetRequiredService<AccessLog>());
        host.Services.AddSingleton(new DeadLetters(host.Setting("ConnectionStrings:rabbitmq")));
        // Whoever has no key in force is counted and charged too, before he is refused.
        host.BeforeAuthorization = app =>
        {
            app.UseAccessLog();
            app.UseQuotas();
        };
        host.Services.AddSingleton<ApiDocument>().AddHttpClient();
        host.Services.AddSingleton(new Quotas(TimeProvider.System)).AddKeyAuthentication().AddChatErrors().AddProxy(host.Configuration);
    }

    public static void MapGateway(this WebApplication app)
    {
        app.MapKeys();
        app.MapDeadLetters();
        app.MapApiDocument();
        app.MapProxy();
    }
}
