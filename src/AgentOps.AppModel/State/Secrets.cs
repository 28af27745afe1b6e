using System.Text.Json;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.State;

/// <summary>Generated passwords and keys, made once and kept in the state folder, readable by its owner alone.</summary>
internal sealed class Secrets(StateFolder home)
{
    private readonly Lock gate = new();
    private SortedDictionary<string, string>? values;

    /// <summary>The secret of that name; the first call for a name generates and stores it.</summary>
    public string Get(string name, GenerateParameterDefault rule)
    {
        lock (gate)
        {
            values ??= Load();
            if (!values.TryGetValue(name, out var value))
            {
                home.Create();
                value = values[name] = rule.GetDefaultValue();
                StateFolder.WritePrivate(PathOf(home), JsonSerializer.Serialize(values));
            }

            return value;
        }
    }

    private static string PathOf(StateFolder home) => Path.Combine(home.Root, "secrets.json");

    private SortedDictionary<string, string> Load()
    {
        if (!File.Exists(PathOf(home)))
        {
            return new(StringComparer.Ordinal);
        }

        try
        {
            return new(JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(PathOf(home)))!, StringComparer.Ordinal);
        }
        catch (JsonException e)
        {
            throw new DistributedApplicationException($"The secrets in {PathOf(home)} cannot be read ({e.Message}): restore the file, the data beside it opens with no other passwords.", e);
        }
    }
}
