using System.Net;
using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.EndToEnd.Tests;

/// <summary>People with keys of their own, who answer what the queue asks them.</summary>
public static class Reviewers
{
    /// <summary>A reviewer's name, which no other test has, and the API in his hands.</summary>
    public static async Task<(string Name, Api Api)> ReviewerAsync(this Stack stack, string name)
    {
        var unique = $"{name}-{Guid.NewGuid():N}"[..16];
        var key = (await stack.Admin.PostAsync("/api/v1/keys", new { name = unique, role = "reviewer" })).Is(HttpStatusCode.Created).Json.GetProperty("key").GetString();
        return (unique, stack.With(key));
    }

    /// <summary>Answers what is open for this person until the step has its outcome; another one may be quicker, and the queue shows a little later what was answered.</summary>
    /// <param name="kind">verdict or comparison.</param>
    /// <param name="answer">To a question as it is shown.</param>
    /// <returns>The questions whose answer was taken.</returns>
    public static async Task<List<Guid>> AnswerAsync(this Stack stack, Api reviewer, Guid run, string kind, Func<IEvent, bool> until, Func<JsonElement, object> answer)
    {
        var taken = new List<Guid>();
        await Patience.UntilAsync($"the answers about run {run}", async () =>
        {
            foreach (var id in (await OpenAsync(reviewer, run, kind)).Except(taken))
            {
                var shown = (await reviewer.GetAsync($"/api/v1/reviews/{id}")).Is(HttpStatusCode.OK).Json;
                var given = await reviewer.PostAsync($"/api/v1/reviews/{id}", answer(shown));
                if (given.Status == HttpStatusCode.OK)
                    taken.Add(id);
                else
                    Answer.AssertProblem(given, HttpStatusCode.Conflict, "review-closed");
            }
            return (await stack.Facts.OfRunAsync(run)).Any(stored => until(stored.Data)) ? "done" : null;
        });
        return taken;
    }

    public static async Task<List<Guid>> OpenAsync(Api reviewer, Guid run, string kind = "verdict") =>
        [.. (await reviewer.GetAsync($"/api/v1/reviews?run={run}")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray().Where(item => item.GetProperty("kind").GetString() == kind).Select(item => item.GetProperty("id").GetGuid())];
}
