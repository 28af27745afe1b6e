using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Registry.Tests;

/// <summary>Models, aliases, deployments, withdrawals and the record as Registry serves them, of what a test has put into the ledger.</summary>
internal static class ModelsOverHttp
{
    public static async Task StartModelsAsync(this ServiceInfrastructure infrastructure)
    {
        var host = ServiceHost.Create(infrastructure.Settings("registry"), "registry");
        host.UseSubjectKeys();
        host.UseView(ModelView.Definition);
        host.UseView(LineageView.Definition);
        host.UseView(RecordView.Definition);
        host.Services.AddSingleton<Withdrawals>();
        await infrastructure.StartAsync(host, app =>
        {
            app.MapModels();
            app.MapAliases();
            app.MapRecord();
            app.MapDeployments();
            app.MapWithdrawals();
        });
        // A call waits for two seconds only, and the first one finds the views being built.
        foreach (var view in (string[])["models", "lineage", "record"])
            Assert.Equal(0, await infrastructure.Service.Services.GetRequiredKeyedService<Projection>(view).WaitForAsync(await infrastructure.Ledger.HeadAsync(), Patience.Limit));
    }

    /// <summary>As somebody whom the gateway has let through, once the views have seen everything.</summary>
    /// <param name="before">The version that the alias has before it is moved; null: nothing is moved.</param>
    public static async Task<Answer> AskAsync(this ServiceInfrastructure infrastructure, Role role, HttpMethod method, string path, HttpContent? body = null, string who = "ada", int? before = null) =>
        await new Api(new Uri(infrastructure.Service.Urls.Single()), key: null).SendAsync(method, path, body,
        [
            ("Authorization", $"Bearer {new InternalToken(ServiceInfrastructure.ServiceKey, TimeProvider.System).Sign(new(who, role))}"),
            (ViewEndpoints.PositionHeader, (await infrastructure.Ledger.HeadAsync()).ToString()),
            .. before is null ? Array.Empty<(string, string)>() : [("If-Match", $"\"{before}\"")],
        ]);
}
