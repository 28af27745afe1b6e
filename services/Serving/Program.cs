using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Serving;

var host = ServiceHost.Create(args, "serving");
host.UseQueue<DeploymentConsumer>(Topology.Serving);
host.Services.AddSingleton<IModelDirectory, LedgerDirectory>();
host.Services.AddModelPool(host.Configuration.GetSection("Serving").Get<ServingOptions>() ?? new());
var app = host.Build();
app.MapChatCompletions().RequireRole(Role.Viewer);
app.Run();
