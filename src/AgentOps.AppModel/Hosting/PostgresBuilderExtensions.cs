using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Adds PostgreSQL servers, databases and roles.</summary>
public static class PostgresBuilderExtensions
{
    /// <summary>Adds a private server with a generated superuser password; its data stay in the state folder.</summary>
    public static IResourceBuilder<PostgresServerResource> AddPostgres(this IDistributedApplicationBuilder builder, string name)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var password = builder.AddParameter($"{name}-password", new GenerateParameterDefault(), secret: true);
        return builder.AddResource(new PostgresServerResource(name, password.Resource));
    }

    /// <summary>Adds a database, created at the first start, called like the resource unless said otherwise.</summary>
    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(
        this IResourceBuilder<PostgresServerResource> builder, string name, string? databaseName = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.ApplicationBuilder.AddResource(new PostgresDatabaseResource(name, databaseName ?? name, builder.Resource));
    }

    /// <summary>Adds a login with a generated password; the application's migration creates the role in the server.</summary>
    public static IResourceBuilder<PostgresRoleResource> AddRole(this IResourceBuilder<PostgresDatabaseResource> builder, string roleName)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var name = $"{builder.Resource.Name}-{roleName.Replace('_', '-')}";
        var password = builder.ApplicationBuilder.AddParameter($"{name}-password", new GenerateParameterDefault(), secret: true);
        return builder.ApplicationBuilder.AddResource(new PostgresRoleResource(name, roleName, password.Resource, builder.Resource));
    }

    /// <summary>
    /// Writes the passwords of all roles of a database into a JSON file (role -> password) that only its owner may read, and sets a variable to
    /// the file's path.
    /// </summary>
    public static IResourceBuilder<T> WithRolePasswords<T>(
        this IResourceBuilder<T> builder, string name, IResourceBuilder<PostgresDatabaseResource> database) where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(database);
        return builder.WithSecretFile(name, $"{database.Resource.Name}-roles.json", () => JsonSerializer.Serialize(
            builder.ApplicationBuilder.Resources.OfType<PostgresRoleResource>()
                .Where(role => role.Parent == database.Resource)
                .ToDictionary(role => role.RoleName, role => role.PasswordParameter.Value)));
    }
}
