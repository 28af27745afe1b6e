using AgentOps.AppModel;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A private RabbitMQ node on the loopback interface.</summary>
public sealed class RabbitMQServerResource : Resource, IResourceWithConnectionString, IResourceWithEndpoints, IResourceWithWaitSupport
{
    internal const string UserName = "agentops";

    /// <summary>A node whose only user has the given password; it registers with the given port mapper.</summary>
    public RabbitMQServerResource(string name, ParameterResource password, PortMapperResource portMapper) : base(name)
    {
        PasswordParameter = password;
        PortMapper = portMapper;
        Annotations.Add(new EndpointAnnotation("tcp", "amqp"));
        Annotations.Add(new EndpointAnnotation("distribution", "tcp"));
    }

    /// <summary>The only user's password; there is no guest.</summary>
    public ParameterResource PasswordParameter { get; }

    /// <summary>The Erlang port mapper the node registers with.</summary>
    public PortMapperResource PortMapper { get; }

    /// <summary>Lines of <c>rabbitmq.conf</c> beyond those the runner writes, such as <c>consumer_timeout</c>.</summary>
    public IDictionary<string, string> Settings { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The AMQP address.</summary>
    public EndpointReference PrimaryEndpoint => new(this, "tcp");

    /// <summary>The connection string: <c>amqp://user:password@127.0.0.1:port</c>.</summary>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        new($"amqp://{UserName}:{PasswordParameter.Value}@{Loopback.Address}:{PrimaryEndpoint.Port}");
}

/// <summary>The Erlang port mapper (epmd) of one RabbitMQ node, on a port of its own.</summary>
public sealed class PortMapperResource : Resource, IResourceWithEndpoints
{
    /// <summary>A port mapper on a free port.</summary>
    public PortMapperResource(string name) : base(name) => Annotations.Add(new EndpointAnnotation("tcp", "tcp"));

    /// <summary>The port mapper's address.</summary>
    public EndpointReference PrimaryEndpoint => new(this, "tcp");
}
