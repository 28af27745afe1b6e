using AgentOps.Gateway;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.Extensions.DependencyInjection;

var host = ServiceHost.Create(args, "gateway");
host.Services.AddSingleton(provider => new KeyRing(provider.GetRequiredService<LedgerStore>(), File.ReadAllText(host.Setting("AGENTOPS_ADMIN_KEY_FILE")).Trim()))
    .AddHostedService(provider => provider.GetRequiredService<KeyRing>());
host.Services.AddSingleton(new DeadLetters(host.Setting("ConnectionStrings:rabbitmq")));
host.Services.AddSingleton<ApiDocument>().AddHttpClient();
host.Services.AddSingleton(new Quotas(TimeProvider.System)).AddKeyAuthentication().AddProxy(host.Configuration);
var app = host.Build();
app.UseQuotas();
app.MapKeys();
app.MapDeadLetters();
app.MapApiDocument();
app.MapProxy();
app.Run();
