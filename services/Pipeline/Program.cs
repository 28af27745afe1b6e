using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Pipeline;

var host = ServiceHost.Create(args, "pipeline");
host.UseQueue<PipelineConsumer>(Topology.Pipeline);
host.UseView(RunView.Definition);
host.Services.AddHostedService<DeadlineSweeper>();
var app = host.Build();
app.MapRuns();
app.Run();
