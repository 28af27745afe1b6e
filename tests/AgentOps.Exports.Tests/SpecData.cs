using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Json.Schema;

namespace AgentOps.Exports.Tests;

/// <summary>Other people's schemas and test vectors: in the folder that AGENTOPS_SPEC_DATA names, else in shared/data beside the project.</summary>
internal static class SpecData
{
    private static readonly ConcurrentDictionary<string, Lazy<JsonSchema>> Schemas = new(StringComparer.Ordinal);
    private static readonly Lock Loading = new();

    public static string? Folder { get; } = Find();

    public static string PathOf(string name) => Path.Combine(Folder!, name);

    public static byte[] Read(string name) => File.ReadAllBytes(PathOf(name));

    /// <summary>A document is what a schema asks for, formats of times, UUIDs and addresses included.</summary>
    /// <param name="schema">The schema's file.</param>
    /// <param name="beside">Files of schemas that it refers to.</param>
    public static void AssertValid(string document, string schema, params string[] beside)
    {
        using var parsed = JsonDocument.Parse(document);
        var result = Load(schema, beside).Evaluate(parsed.RootElement, new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true });
        Assert.True(result.IsValid, $"Not valid by {schema}: {Faults(result)}\n{document}");
    }

    public static bool IsValid(string document, string schema, params string[] beside)
    {
        using var parsed = JsonDocument.Parse(document);
        return Load(schema, beside).Evaluate(parsed.RootElement, new() { RequireFormatValidation = true }).IsValid;
    }

    private static JsonSchema Load(string schema, string[] beside)
    {
        lock (Loading)
        {
            foreach (var other in beside)
                _ = Of(other);
            return Of(schema);
        }
    }

    private static JsonSchema Of(string file) => Schemas.GetOrAdd(file, path => new(() => JsonSchema.FromText(Encoding.UTF8.GetString(Read(path))))).Value;

    private static string Faults(EvaluationResults result) => string.Join("; ", (result.Details ?? [])
        .Where(detail => detail.Errors is { Count: > 0 }).Select(detail => $"{detail.InstanceLocation} {string.Join(", ", detail.Errors!.Values)}").Take(12));

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("AGENTOPS_SPEC_DATA") is { Length: > 0 } named)
            return Path.GetFullPath(named);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "AgentOps.sln")))
                return Path.Combine(folder.FullName, "..", "shared", "data") is var data && Directory.Exists(data) ? Path.GetFullPath(data) : null;
        return null;
    }
}

/// <summary>A fact that needs the published schemas, skipped with the reason where they are not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactByTheSpecificationAttribute : FactAttribute
{
    public FactByTheSpecificationAttribute()
    {
        if (SpecData.Folder is null)
            Skip = "The published schemas and test vectors are not on this machine: name their folder with AGENTOPS_SPEC_DATA, or put it at ../shared/data beside the project.";
    }
}

/// <summary>The same for a theory.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TheoryByTheSpecificationAttribute : TheoryAttribute
{
    public TheoryByTheSpecificationAttribute()
    {
        if (SpecData.Folder is null)
            Skip = "The published schemas and test vectors are not on this machine: name their folder with AGENTOPS_SPEC_DATA, or put it at ../shared/data beside the project.";
    }
}
