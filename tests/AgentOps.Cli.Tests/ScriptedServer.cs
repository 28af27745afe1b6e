using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AgentOps.Cli.Tests;

/// <summary>A server on this machine that gives the answers it was told, in order.</summary>
public sealed class ScriptedServer : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _answering;

    public ScriptedServer(params (int Status, string Body)[] answers)
    {
        Address = $"http://127.0.0.1:{FreePort()}/";
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _answering = AnswerAsync(answers);
    }

    public string Address { get; }

    public int Answered { get; private set; }

    /// <summary>What each request said to be known again by, or null.</summary>
    public List<string?> Keys { get; } = [];

    /// <summary>Method, path and body of each request.</summary>
    public List<string> Requests { get; } = [];

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _answering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task AnswerAsync((int Status, string Body)[] answers)
    {
        foreach (var (status, answer) in answers)
        {
            var context = await _listener.GetContextAsync();
            Keys.Add(context.Request.Headers["Idempotency-Key"]);
            using (var body = new StreamReader(context.Request.InputStream))
                Requests.Add($"{context.Request.HttpMethod} {context.Request.RawUrl} {await body.ReadToEndAsync()}".TrimEnd());
            context.Response.StatusCode = status;
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer));
            Answered++;
            context.Response.Close();
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
