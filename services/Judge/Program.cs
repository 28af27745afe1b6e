using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Judge;

var host = ServiceHost.Create(args, "judge");
host.UseSubjectKeys();
host.UseQueue<JudgementConsumer>(Topology.Judge);
host.UseQueue<ShardConsumer>(Topology.JudgeShards);
var app = host.Build();
app.Run();
