using System.Reflection;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Ledger;
using AgentOps.Subjects;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentOps.Hosting;

/// <summary>What every service does the same way: settings, ledger, bus, relay, caller tokens, problem details, telemetry, health.</summary>
public sealed class ServiceHost
{
    private readonly WebApplicationBuilder _builder;
    private readonly List<ConsumedQueue> _queues = [];

    private ServiceHost(string[] args, string name)
    {
        Name = name;
        _builder = WebApplication.CreateBuilder(args);
        Artifacts = new ArtifactStore(Setting("AGENTOPS_ARTIFACTS"));
        AddWeb();
        AddLedger();
    }

    /// <summary>The service's name: in events, logs, telemetry, and as its database role.</summary>
    public string Name { get; }

    public ArtifactStore Artifacts { get; }

    public IServiceCollection Services => _builder.Services;

    public IConfiguration Configuration => _builder.Configuration;

    public static ServiceHost Create(string[] args, string name) => new(args, name);

    /// <summary>Answers the wake-ups of one of the system's queues.</summary>
    public void UseQueue<TConsumer>(WorkQueue queue) where TConsumer : class, IEventConsumer
    {
        Services.AddSingleton<TConsumer>();
        _queues.Add(new(queue, typeof(TConsumer)));
    }

    /// <summary>Keeps a view in this service's own schema; it can be dropped and rebuilt from the ledger.</summary>
    public void UseView(View view)
    {
        Services.AddKeyedSingleton(view.Name, (provider, _) => new Projection(provider.GetRequiredService<LedgerStore>(), Name.Replace('-', '_'), view));
        Services.AddKeyedSingleton(view.Name, (provider, _) => ActivatorUtilities.CreateInstance<RunningView>(provider, provider.GetRequiredKeyedService<Projection>(view.Name), view.Name));
        Services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<RunningView>(view.Name));
        Services.AddHealthChecks().Add(new($"view {view.Name}", provider => new ViewHealth(provider.GetRequiredKeyedService<RunningView>(view.Name)), null, null));
    }

    /// <summary>Reads and writes what is encrypted for the people whose data it is.</summary>
    public void UseSubjectKeys() => Services.AddSingleton(new SubjectKeys(Setting("AGENTOPS_SUBJECT_KEYS")));

    /// <summary>Calls another service under this one's name.</summary>
    public void UseClient(string service) => Services.AddServiceClient(Name, service);

    /// <summary>What every call passes once it is known who calls, those that are refused then included.</summary>
    public Action<WebApplication>? BeforeAuthorization { get; set; }

    public WebApplication Build()
    {
        Services.AddBus(Setting("ConnectionStrings:rabbitmq"), _queues);
        Services.AddHostedService<RelayHost>();
        if (Telemetry.Start(Name) is { } telemetry)
            Services.AddSingleton(telemetry);
        var app = _builder.Build();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseAuthentication();
        BeforeAuthorization?.Invoke(app);
        app.UseAuthorization();
        app.MapHealth();
        app.MapOpenApi().AllowAnonymous();
        return app;
    }

    /// <exception cref="InvalidOperationException">The setting is missing.</exception>
    public string Setting(string key) => Configuration[key] is { Length: > 0 } value
        ? value
        : throw new InvalidOperationException($"{Name} needs the setting {key.Replace(":", "__", StringComparison.Ordinal)}, which the AppHost gives it.");

    private void AddWeb()
    {
        _builder.Logging.ClearProviders().AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
        });
        _builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("System.Net.Http", LogLevel.Warning).AddFilter("MassTransit", LogLevel.Warning).AddFilter("Yarp", LogLevel.Warning);
        _builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = BodyLimits.Any);
        var tokens = new InternalToken(Setting("AGENTOPS_SERVICE_KEY"), TimeProvider.System);
        Services.AddSingleton(TimeProvider.System).AddSingleton(tokens).AddSingleton(Artifacts);
        Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(bearer =>
        {
            bearer.MapInboundClaims = false;
            bearer.TokenValidationParameters = tokens.Validation;
        });
        Services.AddAuthorization();
        Services.AddOpenApi();
        Services.AddProblemDetails(PlainProblem.Describe).AddExceptionHandler<ProblemHandler>();
        Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        Services.ConfigureHttpJsonOptions(json => JsonDefaults.Apply(json.SerializerOptions));
        Services.AddHealthChecks().AddCheck<LedgerHealth>("ledger");
    }

    private void AddLedger()
    {
        Services.AddSingleton(LedgerDataSource.Create(Setting("ConnectionStrings:ledger")));
        Services.AddSingleton(AllEvents.Registry);
        Services.AddSingleton(new Producer(Name, CodeVersion()));
        Services.AddSingleton<LedgerStore>();
        Services.AddSingleton<Leases>();
    }

    private static string CodeVersion() =>
        typeof(ServiceHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
