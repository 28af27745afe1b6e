using AgentOps.Gateway;
using AgentOps.Hosting;

var host = ServiceHost.Create(args, "gateway");
host.AddGateway(File.ReadAllText(host.Setting("AGENTOPS_ADMIN_KEY_FILE")).Trim());
var app = host.Build();
app.MapGateway();
app.Run();
