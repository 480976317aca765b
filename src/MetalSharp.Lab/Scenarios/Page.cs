using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using MetalSharp.Lab.Network;

namespace MetalSharp.Lab.Scenarios;

/// <summary>What a pod said of itself: who and where it is and whom it sees.</summary>
internal sealed partial record Page(string Pod, string Node, string Client)
{
    /// <summary>Fetches a page over a connection of its own; null when none came in time.</summary>
    public static async Task<Page?> FetchAsync(LabHost from, IPEndPoint target, TimeSpan patience, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(patience);
        try
        {
            using var socket = from.Namespace.Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            await socket.ConnectAsync(target, limit.Token);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET / HTTP/1.1\r\nHost: {target}\r\nConnection: close\r\n\r\n"), limit.Token);
            using var reader = new StreamReader(new NetworkStream(socket));
            return Said().Match(await reader.ReadToEndAsync(limit.Token)) is { Success: true } said
                ? new(said.Groups[1].Value, said.Groups[2].Value, said.Groups[3].Value)
                : null;
        }
        catch (Exception failure) when (failure is SocketException or IOException || (failure is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return null;
        }
    }

    [GeneratedRegex(@"This is (\S+) on (\S+); you are ([0-9.]+)\.")]
    private static partial Regex Said();
}
