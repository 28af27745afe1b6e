using System.Text.Json;
using AgentOps.Cli.Commands;

namespace AgentOps.Cli.Tests;

public sealed class when_a_model_is_made_again
{
    private static readonly string Old = "sha256:" + new string('a', 64);
    private static readonly string New = "sha256:" + new string('b', 64);
    private static readonly string Version = $$"""{"version":3,"digest":"{{Old}}","run":"first"}""";
    private static readonly string Deviating = $$"""
        {"id":"again","status":"failed","reason":"3.train came to {{New}} and not to {{Old}}.","steps":[
          {"path":"base","status":"succeeded","model":"m0","machine":{"device":"cpu","threads":2} },{"path":"3.train","status":"succeeded","model":"{{New}}","machine":{"device":"cpu","threads":4} }]}
        """;
    private static readonly string First = $$"""
        {"id":"first","status":"succeeded","steps":[
          {"path":"base","status":"succeeded","model":"m0","machine":{"device":"cpu","threads":2} },{"path":"3.train","status":"succeeded","model":"{{Old}}","machine":{"device":"cpu","threads":2} }]}
        """;
    private static readonly string Difference = """
        {"files":[],"onlyFrom":[],"onlyTo":[],"fromMakings":[],"toMakings":[],"tensors":[
          {"name":"model.layers.0.mlp.up_proj.weight","values":1024,"differing":3,"first":17,"largest":0.25},{"name":"model.norm.weight","values":16,"differing":16,"first":0,"largest":2}]}
        """;

    [Fact]
    public void What_only_one_is_made_of_is_told_or_it_is_told_that_it_cannot_be()
    {
        Assert.Equal(
            ["only the first is made of person ada", "only the second is made of environment maze"],
            DifferenceCommand.PartLines(Json("""{"onlyFrom":[{"kind":"person","id":"ada"}],"onlyTo":[{"kind":"environment","id":"maze"}]}""")).Select(Spectre.Console.Markup.Remove));
        Assert.Equal(["What only one of them is made of cannot be told: there is more than a lineage lists."], DifferenceCommand.PartLines(Json("{}")));

        static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
    }

    [Theory]
    [InlineData("--json")]
    [InlineData("--from=training")]
    public async Task One_that_comes_out_again_is_waited_for_and_is_an_answer_of_yes(string option)
    {
        await using var gateway = new ScriptedServer(
            (200, Version), (202, """{"id":"again"}"""), (200, """{"id":"again","status":"running","steps":[]}"""),
            (200, """{"id":"again","status":"succeeded","steps":[]}"""), (200, """{"id":"again","status":"succeeded","steps":[]}"""));

        Assert.Equal(ExitCode.Success, await Root.RunAsync(["reproduce", "agent:3", option, "--url", gateway.Address, "--key", "k"]));

        Assert.Equal("GET /api/v1/runs/again", gateway.Requests[^1]);
        Assert.True(gateway.Answered >= 4);
    }

    [Fact]
    public async Task One_that_does_not_is_waited_for_and_compared_and_an_answer_of_no_in_json_too()
    {
        await using var gateway = new ScriptedServer((200, Version), (202, """{"id":"again"}"""), (200, """{"id":"again","status":"running","steps":[]}"""), (200, Deviating), (200, First), (200, Difference));

        Assert.Equal(ExitCode.Failed, await Root.RunAsync(["reproduce", "agent:3", "--json", "--url", gateway.Address, "--key", "k"]));

        Assert.Equal(["GET /api/v1/models/agent/versions/3", $"POST /api/v1/runs/first/reproduce?model={Old}&from=training", "GET /api/v1/runs/again", "GET /api/v1/runs/again", "GET /api/v1/runs/first",
            $"GET /api/v1/lineage/difference?from={Old}&to={New}"], gateway.Requests);
    }

    [Fact]
    public async Task A_deviation_is_located_to_the_training_the_machine_and_the_first_tensor()
    {
        var compared = await ComparedAsync(Deviating, First, Difference);

        Assert.Equal((false, "3.train", "failed"), (compared.Same, compared.Step, compared.Status));
        Assert.Equal([new MachineDifference("threads", "2", "4")], compared.Machine!);
        Assert.Equal("model.layers.0.mlp.up_proj.weight", compared.Difference!.Value.GetProperty("tensors")[0].GetProperty("name").GetString());
        Assert.Equal(
            [
                $"Run again failed: 3.train came to {New} and not to {Old}.",
                "3.train came to another model than in run first.",
                "The machine differs: threads was 2 and is 4; the same bytes are promised for the same machine class only.",
            ], ReproduceCommand.Lines(compared));
        Assert.Equal(
            [
                "2 tensors differ:",
                "  model.layers.0.mlp.up_proj.weight: 3 of 1024 values, the first at 17, by at most 0.25",
                "  model.norm.weight: 16 of 16 values, the first at 0, by at most 2",
            ], DifferenceCommand.WeightLines(compared.Difference.Value));
    }

    [Fact]
    public async Task What_ended_before_a_training_came_to_anything_else_is_told_by_its_reason_alone()
    {
        var compared = await ComparedAsync(Deviating.Replace(New, Old, StringComparison.Ordinal).Replace("failed", "cancelled", StringComparison.Ordinal), First);

        Assert.Equal((false, null, null), (compared.Same, compared.Step, compared.Difference));
        Assert.StartsWith("Run again cancelled: ", Assert.Single(ReproduceCommand.Lines(compared)), StringComparison.Ordinal);
    }

    private static async Task<Reproduced> ComparedAsync(string again, params string[] answers)
    {
        await using var server = new ScriptedServer([.. answers.Select(answer => (200, answer))]);
        using var gateway = new Gateway(new Uri(server.Address), "k");
        return await ReproduceCommand.CompareAsync(gateway, "agent:3", JsonDocument.Parse(Version).RootElement, JsonDocument.Parse(again).RootElement, CancellationToken.None);
    }
}
