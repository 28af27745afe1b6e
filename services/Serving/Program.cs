using AgentOps.Artifacts;
using AgentOps.Serving;

var builder = WebApplication.CreateBuilder(args);
var options = builder.Configuration.GetSection("Serving").Get<ServingOptions>() ?? new();
builder.Services.AddSingleton(TimeProvider.System).AddSingleton(new ArtifactStore(builder.Configuration["AGENTOPS_ARTIFACTS"] ?? throw new InvalidOperationException("serving needs the setting AGENTOPS_ARTIFACTS, which the AppHost gives it.")));
builder.Services.AddModelPool(options);
var app = builder.Build();
app.MapChatCompletions();
app.Run();
