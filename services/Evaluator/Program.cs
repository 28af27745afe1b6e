using AgentOps.Contracts;
using AgentOps.Evaluator;
using AgentOps.Hosting;

var host = ServiceHost.Create(args, "evaluator");
host.UseQueue<EvaluationConsumer>(Topology.Evaluator);
var app = host.Build();
app.Run();
