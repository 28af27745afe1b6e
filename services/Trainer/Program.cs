using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Trainer;
using Microsoft.Extensions.DependencyInjection;

var host = ServiceHost.Create(args, "trainer");
host.UseSubjectKeys();
host.UseQueue<TrainingConsumer>(Topology.Trainer);
host.Services.AddSingleton(new ModelImport(host.Configuration[ModelImport.Setting], host.Artifacts));
host.Services.AddSingleton<WakeSignal>().AddHostedService<TrainingWorker>();
host.UseView(TrainingView.Definition);
var app = host.Build();
app.Run();
