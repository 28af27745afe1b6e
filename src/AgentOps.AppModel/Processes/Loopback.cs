using System.Net;
using System.Net.Sockets;

namespace AgentOps.AppModel;

/// <summary>Ports of the loopback interface: nothing of the stack listens anywhere else.</summary>
internal static class Loopback
{
    public const string Address = "127.0.0.1";

    // Below Linux's range for outgoing connections (32768–60999), so that only another listener can take a port between choice and use.
    private const int First = 15_000;
    private const int Last = 32_000;

    /// <summary>A port nobody listens on, other than those given.</summary>
    public static int FreePort(IReadOnlySet<int> taken)
    {
        for (var attempt = 0; attempt < 1_000; attempt++)
        {
            var port = Random.Shared.Next(First, Last);
            if (!taken.Contains(port) && IsFree(port))
            {
                return port;
            }
        }

        throw new Aspire.Hosting.ApplicationModel.DistributedApplicationException(
            $"No free port was found between {First} and {Last} on {Address}: end some of the programs that listen there.");
    }

    /// <summary>True when a listener can be opened on the port now.</summary>
    public static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
