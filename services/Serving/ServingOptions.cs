using AgentOps.Artifacts;
using AgentOps.Models.Decoding;

namespace AgentOps.Serving;

/// <summary>What Serving may use; read from the configuration section <c>Serving</c>.</summary>
public sealed record ServingOptions
{
    /// <summary>Models loaded at a time.</summary>
    public int MaxModels { get; init; } = 4;

    /// <summary>Seconds that a request for a further model waits for one of them to fall idle.</summary>
    public int PatienceSeconds { get; init; } = 60;

    /// <summary>What each model's engine may use.</summary>
    public EngineOptions Engine { get; init; } = new();
}

public static class ServingServices
{
    /// <summary>The pool of models, loaded by digest from the artifact store.</summary>
    public static IServiceCollection AddModelPool(this IServiceCollection services, ServingOptions options) => services.AddSingleton(provider =>
    {
        var store = provider.GetRequiredService<ArtifactStore>();
        return new ModelPool(
            options.MaxModels, TimeSpan.FromSeconds(options.PatienceSeconds), digest => LoadedModel.LoadAsync(store, digest, options.Engine), provider.GetRequiredService<TimeProvider>());
    });
}
