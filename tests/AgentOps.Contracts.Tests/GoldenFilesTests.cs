using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using AgentOps.Contracts;

namespace AgentOps.Contracts.Tests;

/// <summary>tests/golden holds an event of every type as the ledger keeps it, <c>TYPE.json</c>, with further variants as <c>TYPE.VARIANT.json</c>. A file never changes once released.</summary>
public sealed partial class GoldenFilesTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "golden");

    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.json").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Types => [.. AllEvents.Registry.Types.Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Files))]
    public void An_old_event_is_read_and_written_with_the_same_bytes(string file)
    {
        var bytes = File.ReadAllBytes(Path.Combine(Folder, file));

        var read = AllEvents.Registry.Read(TypeOf(file), bytes);

        Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(AllEvents.Registry.Write(read)));
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_registered_type_has_a_file(string type) => Assert.True(
        File.Exists(Path.Combine(Folder, type + ".json")),
        $"tests/golden/{type}.json is missing: put one event of that type there, as AllEvents.Registry.Write gives it.");

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_file_belongs_to_a_registered_type(string file) =>
        Assert.Contains(AllEvents.Registry.Types, t => t.Name == TypeOf(file));

    [Theory]
    [InlineData(typeof(StepWork))]
    [InlineData(typeof(StepOutput))]
    [InlineData(typeof(StepSpecification))]
    public void Every_kind_inside_an_event_stands_in_some_file(Type polymorphic)
    {
        var all = string.Concat(Directory.GetFiles(Folder, "*.json").Select(File.ReadAllText));

        foreach (var kind in polymorphic.GetCustomAttributes<JsonDerivedTypeAttribute>())
            Assert.Contains($"{{\"kind\":\"{kind.TypeDiscriminator}\",", all);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Inputs_and_outputs_are_stored_with_the_event_and_derived_from_it(string file)
    {
        var bytes = File.ReadAllBytes(Path.Combine(Folder, file));
        var read = AllEvents.Registry.Read(TypeOf(file), bytes);
        using var stored = JsonDocument.Parse(bytes);

        Assert.Equal(JsonSerializer.Serialize(read.Inputs, EventRegistry.Json), stored.RootElement.GetProperty("inputs").GetRawText());
        Assert.Equal(JsonSerializer.Serialize(read.Outputs, EventRegistry.Json), stored.RootElement.GetProperty("outputs").GetRawText());
    }

    private static string TypeOf(string file) => TypePattern().Match(file).Value;

    [GeneratedRegex(@"\A[a-z.-]+\.v[0-9]+(?=\.)")]
    private static partial Regex TypePattern();
}
