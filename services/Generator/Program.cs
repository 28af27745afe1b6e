using AgentOps.Contracts;
using AgentOps.Generator;
using AgentOps.Hosting;
using Microsoft.Extensions.DependencyInjection;

var host = ServiceHost.Create(args, "generator");
host.UseClient("serving");
host.UseSubjectKeys();
host.Services.AddSingleton<PolicyFactory>().AddSingleton<ShardPlayer>();
host.UseQueue<GenerationConsumer>(Topology.Generator);
host.UseQueue<ShardConsumer>(Topology.GeneratorShards);
host.UseView(TrajectoryView.Definition);
var app = host.Build();
app.MapTrajectories();
app.Run();
