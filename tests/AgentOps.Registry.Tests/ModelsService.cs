using AgentOps.Tests;

namespace AgentOps.Registry.Tests;

/// <summary>One Registry that serves models, for tests whose models have names of their own.</summary>
public sealed class ModelsService : IAsyncLifetime
{
    internal ServiceInfrastructure Infrastructure { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Infrastructure = await ServiceInfrastructure.StartAsync();
        await Infrastructure.StartModelsAsync();
    }

    public async Task DisposeAsync() => await Infrastructure.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class OneModelsService : ICollectionFixture<ModelsService>
{
    public const string Name = "models service";
}
