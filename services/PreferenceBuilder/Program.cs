using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.PreferenceBuilder;
using Microsoft.Extensions.DependencyInjection;

var host = ServiceHost.Create(args, "preference-builder");
host.Services.AddSingleton<Candidates>();
host.Services.AddSingleton<MemberFiles>();
host.UseSubjectKeys();
host.UseQueue<DatasetConsumer>(Topology.PreferenceBuilder);
var app = host.Build();
app.MapDatasets();
app.MapMembers();
app.Run();
