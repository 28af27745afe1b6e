using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Judge;
using Microsoft.Extensions.DependencyInjection;

var host = ServiceHost.Create(args, "judge");
host.UseSubjectKeys();
host.Services.AddSingleton<Questions>().AddSingleton<Comparisons>().AddSingleton<OpenReviews>();
host.UseQueue<JudgementConsumer>(Topology.Judge);
host.UseQueue<ShardConsumer>(Topology.JudgeShards);
host.UseView(ReviewView.Definition);
var app = host.Build();
app.MapReviews();
app.Run();
