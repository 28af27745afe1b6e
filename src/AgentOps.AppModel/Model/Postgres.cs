using AgentOps.AppModel;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A private PostgreSQL server on the loopback interface.</summary>
public sealed class PostgresServerResource : Resource, IResourceWithConnectionString, IResourceWithEndpoints
{
    internal const string UserName = "postgres";

    /// <summary>A server whose superuser has the given password.</summary>
    public PostgresServerResource(string name, ParameterResource password) : base(name)
    {
        PasswordParameter = password;
        Annotations.Add(new EndpointAnnotation("tcp", "tcp"));
    }

    /// <summary>The superuser's password.</summary>
    public ParameterResource PasswordParameter { get; }

    /// <summary>The server's address.</summary>
    public EndpointReference PrimaryEndpoint => new(this, "tcp");

    /// <summary>The superuser's connection string, without a database: <c>Host=127.0.0.1;Port=…;Username=postgres;Password=…</c>.</summary>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        new(ConnectionString(UserName, PasswordParameter.Value));

    internal string ConnectionString(string user, string password) =>
        $"Host={Loopback.Address};Port={PrimaryEndpoint.Port};Username={user};Password={password}";
}

/// <summary>A database in a server; it is created at the first start.</summary>
public sealed class PostgresDatabaseResource(string name, string databaseName, PostgresServerResource parent)
    : Resource(name), IResourceWithConnectionString, IResourceWithParent
{
    /// <summary>The database's name in the server.</summary>
    public string DatabaseName { get; } = databaseName;

    /// <summary>The server.</summary>
    public PostgresServerResource Parent { get; } = parent;

    IResource IResourceWithParent.Parent => Parent;

    /// <summary>The superuser's connection string: <c>Host=127.0.0.1;Port=…;Username=postgres;Password=…;Database=…</c>.</summary>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        new($"{Parent.ConnectionString(PostgresServerResource.UserName, Parent.PasswordParameter.Value)};Database={DatabaseName}");
}

/// <summary>One login of a database with its own generated password; the role itself is created by the application's migration.</summary>
public sealed class PostgresRoleResource(string name, string roleName, ParameterResource password, PostgresDatabaseResource parent)
    : Resource(name), IResourceWithConnectionString, IResourceWithParent
{
    /// <summary>The role's name in the server.</summary>
    public string RoleName { get; } = roleName;

    /// <summary>The role's password.</summary>
    public ParameterResource PasswordParameter { get; } = password;

    /// <summary>The database the role logs in to.</summary>
    public PostgresDatabaseResource Parent { get; } = parent;

    IResource IResourceWithParent.Parent => Parent;

    /// <summary>The role's connection string: <c>Host=127.0.0.1;Port=…;Username=…;Password=…;Database=…</c>.</summary>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
        new($"{Parent.Parent.ConnectionString(RoleName, PasswordParameter.Value)};Database={Parent.DatabaseName}");
}
