using System.Collections.Immutable;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MetalSharp.Layer2;

namespace MetalSharp.Linux;

/// <summary>Tells which network interfaces exist and how they are, as soon as it changes, from the kernel's own notifications.</summary>
internal static class InterfaceMonitor
{
    private const uint GroupLink = 1;

    // The kernel's messages stay below 32 KiB; a notification that does not fit would be cut.
    private const int BufferSize = 64 * 1024;

    /// <summary>Yields all interfaces by index: first as they are, then after each change. The sequence has no end.</summary>
    /// <exception cref="IOException">The kernel's notifications cannot be had.</exception>
    public static async IAsyncEnumerable<ImmutableSortedDictionary<int, NetworkLink>> WatchAsync([EnumeratorCancellation] CancellationToken stop)
    {
        var buffer = new byte[BufferSize];
        var known = ImmutableSortedDictionary<int, NetworkLink>.Empty;
        while (true)
        {
            using var socket = Open();
            // The notifications are on already: nothing that changes from here on is missed.
            await socket.SendAsync(LinkMessage.ListRequest(), stop);
            var links = ImmutableSortedDictionary<int, NetworkLink>.Empty;
            var listed = false;
            while (await ReceiveAsync(socket, buffer, stop) is { } length)
            {
                var (again, messages) = (false, LinkMessage.Parse(buffer.AsSpan(0, length)));
                foreach (var message in messages)
                {
                    links = message switch
                    {
                        LinkMessage.Present present => links.SetItem(present.Link.Index, present.Link),
                        LinkMessage.Gone gone => links.Remove(gone.Index),
                        _ => links,
                    };
                    listed |= message is LinkMessage.ListEnded { IsConsistent: true };
                    again |= message is LinkMessage.ListEnded { IsConsistent: false };
                    if (message is LinkMessage.Refused refused)
                        throw new IOException($"the kernel does not list the network interfaces: errno {refused.Errno}");
                }

                if (again)
                    break;
                if (!listed || links.SequenceEqual(known))
                    continue;
                known = links;
                yield return links;
            }
        }
    }

    // Null when the kernel had more to say than the socket could hold: what was lost is unknown, so everything is asked again.
    private static async ValueTask<int?> ReceiveAsync(Socket socket, Memory<byte> buffer, CancellationToken stop)
    {
        try
        {
            return await socket.ReceiveAsync(buffer, stop);
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.NoBufferSpaceAvailable)
        {
            return null;
        }
    }

    private static Socket Open()
    {
        var descriptor = Libc.Socket(Libc.AddressFamilyNetlink, Libc.SocketTypeRaw | Libc.SocketCloseOnExec, Libc.NetlinkRoute);
        if (descriptor < 0)
            throw new IOException("socket: " + Marshal.GetLastPInvokeErrorMessage());
        var handle = new SafeSocketHandle(descriptor, ownsHandle: true);
        // struct sockaddr_nl: family, padding, port id (the kernel chooses), groups.
        Span<byte> address = stackalloc byte[12];
        address.Clear();
        MemoryMarshal.Write(address, (ushort)Libc.AddressFamilyNetlink);
        MemoryMarshal.Write(address[8..], GroupLink);
        if (Libc.Bind(handle, address, address.Length) == 0)
            return new Socket(handle);
        var reason = Marshal.GetLastPInvokeErrorMessage();
        handle.Dispose();
        throw new IOException("bind: " + reason);
    }
}
