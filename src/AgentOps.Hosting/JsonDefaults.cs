using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Hosting;

/// <summary>Bodies of the API are written as the events are, and read with bounded depth.</summary>
internal static class JsonDefaults
{
    private const int MaxDepth = 32;

    public static void Apply(JsonSerializerOptions options)
    {
        options.MaxDepth = MaxDepth;
        options.DefaultIgnoreCondition = EventRegistry.Json.DefaultIgnoreCondition;
        options.Encoder = EventRegistry.Json.Encoder;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow;
        foreach (var converter in EventRegistry.Json.Converters)
            options.Converters.Add(converter);
    }
}
