using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Registry;
using Microsoft.Extensions.DependencyInjection;

var host = ServiceHost.Create(args, "registry");
host.UseQueue<PromotionConsumer>(Topology.Registry);
host.UseView(ModelView.Definition);
host.UseView(LineageView.Definition);
host.Services.AddHostedService<SealerHost>();
host.Services.AddCheckpoints(host.Setting("AGENTOPS_CHECKPOINTS"), host.Setting("AGENTOPS_CHECKPOINT_KEY_FILE"));
var app = host.Build();
app.MapModels();
app.MapAliases();
app.MapDeployments();
app.MapLineage();
app.MapLedger();
app.MapEvidence();
app.Run();
