using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Ledger;
using AgentOps.Serving;

var builder = WebApplication.CreateBuilder(args);
string Setting(string key) => builder.Configuration[key] ?? throw new InvalidOperationException($"serving needs the setting {key}, which the AppHost gives it.");
builder.Services.AddSingleton(TimeProvider.System).AddSingleton(new ArtifactStore(Setting("AGENTOPS_ARTIFACTS")));
builder.Services.AddSingleton(new LedgerStore(LedgerDataSource.Create(Setting("ConnectionStrings:ledger")), AllEvents.Registry, new Producer("serving", "0.1.0")));
builder.Services.AddSingleton<IModelDirectory, LedgerDirectory>();
builder.Services.AddModelPool(builder.Configuration.GetSection("Serving").Get<ServingOptions>() ?? new());
var app = builder.Build();
app.MapChatCompletions();
app.Run();
