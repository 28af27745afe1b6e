using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Adds RabbitMQ nodes.</summary>
public static class RabbitMQBuilderExtensions
{
    /// <summary>Adds a private node with one user and a generated password, and its own Erlang port mapper; its queues stay in the state folder.</summary>
    public static IResourceBuilder<RabbitMQServerResource> AddRabbitMQ(this IDistributedApplicationBuilder builder, string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var password = builder.AddParameter($"{name}-password", new GenerateParameterDefault(), secret: true);
        var mapper = builder.AddResource(new PortMapperResource($"{name}-epmd"));
        return builder.AddResource(new RabbitMQServerResource(name, password.Resource, mapper.Resource)).WaitFor(mapper);
    }

    /// <summary>Sets one key of <c>rabbitmq.conf</c>, such as <c>consumer_timeout</c>.</summary>
    public static IResourceBuilder<RabbitMQServerResource> WithSetting(this IResourceBuilder<RabbitMQServerResource> builder, string key, string value)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if ((key + value).AsSpan().IndexOfAny('\n', '\r') >= 0)
        {
            throw new ArgumentException($"The RabbitMQ setting '{key}' has a line break: it must be one line.", nameof(value));
        }

        builder.Resource.Settings[key] = value;
        return builder;
    }
}
