using System.Buffers.Binary;
using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using MetalSharp.Layer2;
using Microsoft.Win32.SafeHandles;

namespace MetalSharp.Linux;

/// <summary>
/// A packet(7) socket that receives the frames of one type from all interfaces and sends whole frames by any of them. One socket for all:
/// an interface that goes takes no socket with it, and one that comes needs none. What this host sends itself is not received.
/// One thread receives; any thread may send or set the filter. To end: <see cref="StopReceiving"/>, let that thread end, dispose.
/// </summary>
internal sealed class PacketSocket : IDisposable
{
    private const int LevelSocket = 1;
    private const int OptionAttachFilter = 26;
    private const int LinkAddressSize = 20;

    private readonly Socket _socket;
    private readonly int _descriptor;

    // Disposing a socket does not wake a thread that waits in recvfrom(2) on it; the end of a pipe that it polls does.
    private readonly AnonymousPipeServerStream _stop = new(PipeDirection.Out);
    private readonly SafePipeHandle _stopped;

    // The runtime rejects an address buffer it thinks too small for the family, and shrinks Size on each receive.
    private readonly SocketAddress _from = new(AddressFamily.Packet, 128);

    private PacketSocket(Socket socket)
    {
        _socket = socket;
        _descriptor = (int)socket.Handle;
        _stopped = _stop.ClientSafePipeHandle;
    }

    /// <summary>Opens a socket that passes nothing until a filter is set.</summary>
    /// <exception cref="PacketAccessException">The process lacks NET_RAW.</exception>
    public static PacketSocket Open(EtherType type)
    {
        Socket socket;
        try
        {
            // Protocol 0 receives nothing: no frame is queued that has not passed the filter.
            socket = new Socket(AddressFamily.Packet, SocketType.Raw, 0);
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new PacketAccessException(failure);
        }

        var opened = new PacketSocket(socket);
        try
        {
            opened.SetFilter([BpfInstruction.Drop]);
            // As much as the kernel allows: a router that comes back asks for all its neighbours in one breath.
            socket.ReceiveBufferSize = 1 << 20;
            socket.Bind(new LinkEndPoint(LinkAddress(type, 0)));
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Where to send frames to that go out by an interface. The frame itself says to whom.</summary>
    public static SocketAddress By(EtherType type, int interfaceIndex) => LinkAddress(type, interfaceIndex);

    /// <summary>Replaces the filter in one step. Frames that are queued already have passed the one before.</summary>
    public unsafe void SetFilter(ReadOnlySpan<BpfInstruction> program)
    {
        fixed (BpfInstruction* instructions = program)
        {
            var option = new FilterProgram { Length = (ushort)program.Length, Instructions = (nint)instructions };
            _socket.SetRawSocketOption(LevelSocket, OptionAttachFilter, MemoryMarshal.AsBytes(new ReadOnlySpan<FilterProgram>(in option)));
        }
    }

    /// <summary>Waits for a frame and the interface it came in by; false after <see cref="StopReceiving"/>. A frame that is longer than the buffer is cut.</summary>
    public bool TryReceive(Span<byte> buffer, out int length, out int interfaceIndex)
    {
        (length, interfaceIndex) = (0, 0);
        Span<PollDescriptor> descriptors =
        [
            new() { Descriptor = _descriptor, Wanted = PollDescriptor.Readable },
            new() { Descriptor = (int)_stopped.DangerousGetHandle(), Wanted = PollDescriptor.Readable },
        ];
        while (true)
        {
            if (Libc.Poll(descriptors) < 0)
            {
                if (Marshal.GetLastPInvokeError() == Libc.InterruptedCall)
                    continue;
                throw new IOException("poll: " + Marshal.GetLastPInvokeErrorMessage());
            }

            if (descriptors[1].Seen != 0)
                return false;
            if (descriptors[0].Seen != 0)
                break;
        }

        _from.Size = 128;
        length = _socket.ReceiveFrom(buffer, SocketFlags.None, _from);
        interfaceIndex = MemoryMarshal.Read<int>(_from.Buffer.Span[4..]);
        return true;
    }

    /// <summary>Sends a whole frame; does not throw for what a network may do, such as an interface that is down or gone.</summary>
    public SocketError Send(ReadOnlySpan<byte> frame, SocketAddress by)
    {
        try
        {
            _socket.SendTo(frame, SocketFlags.None, by);
            return SocketError.Success;
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode;
        }
    }

    /// <summary>Wakes the thread that receives, for good.</summary>
    public void StopReceiving() => _stop.Dispose();

    public void Dispose()
    {
        _stop.Dispose();
        _stopped.Dispose();
        _socket.Dispose();
    }

    // struct sockaddr_ll: family, protocol (network order), interface index, then fields that only a receiver fills in.
    private static SocketAddress LinkAddress(EtherType type, int interfaceIndex)
    {
        var address = new SocketAddress(AddressFamily.Packet, LinkAddressSize);
        var bytes = address.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], (ushort)type);
        MemoryMarshal.Write(bytes[4..], interfaceIndex);
        return address;
    }

    private sealed class LinkEndPoint(SocketAddress address) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize() => address;
    }

    /// <summary><c>struct sock_fprog</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FilterProgram
    {
        public ushort Length;
        public nint Instructions;
    }
}

/// <summary>The process may not open raw packet sockets. The message says what to do.</summary>
internal sealed class PacketAccessException(Exception cause) : Exception(
    "layer 2 needs raw packet sockets, and this process may not open them: give it the capability NET_RAW "
    + "(in a manifest: securityContext.capabilities.add: [NET_RAW])", cause);
