using System.Diagnostics;
using System.Net.Sockets;
using MetalSharp.Membership;
using MetalSharp.Net;
using MetalSharp.Speaker;

namespace MetalSharp.Tests.Speaker;

public sealed class HeartbeatSocketsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly InetAddress Loopback = InetAddress.Parse("127.0.0.1");

    [Fact]
    public void A_datagram_arrives_with_its_sender()
    {
        using var receiver = new HeartbeatSockets(0, 1);
        using var sender = new HeartbeatSockets(0, receiver.ListenPort);
        sender.Send(new(new("n1"), Loopback), "hello"u8);
        receiver.Wait(Patience);
        var buffer = new byte[16];
        Assert.True(receiver.TryReceive(buffer, out var length, out var from));
        Assert.Equal("hello"u8.ToArray(), buffer[..length]);
        Assert.Equal(Loopback, from);
        Assert.False(receiver.TryReceive(buffer, out _, out _));
    }

    [Fact]
    public void A_closed_port_is_told_as_soon_as_its_host_says_so()
    {
        int closed;
        using (var gone = new HeartbeatSockets(0, 1))
            closed = gone.ListenPort;
        using var sockets = new HeartbeatSockets(0, closed);
        var started = Stopwatch.GetTimestamp();
        sockets.Send(new(new("n1"), Loopback), "hello"u8);
        sockets.Wait(Patience);
        Assert.True(sockets.TryTakeRefused(out var member));
        Assert.Equal(new NodeName("n1"), member);
        Assert.False(sockets.TryTakeRefused(out _));
        Assert.True(Stopwatch.GetElapsedTime(started) < Patience);
        // And again: a refusal does not spoil the socket.
        sockets.Send(new(new("n1"), Loopback), "hello"u8);
        sockets.Wait(Patience);
        Assert.True(sockets.TryTakeRefused(out _));
    }

    [Fact]
    public async Task A_wake_up_ends_the_wait()
    {
        using var sockets = new HeartbeatSockets(0, 1);
        var waiting = Task.Factory.StartNew(() => sockets.Wait(Patience), TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var started = Stopwatch.GetTimestamp();
        sockets.Wake();
        await waiting;
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(0.9));
        // It was taken: the next wait is a wait.
        started = Stopwatch.GetTimestamp();
        sockets.Wait(TimeSpan.FromMilliseconds(20));
        Assert.True(Stopwatch.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(15));
    }

    [Fact]
    public void Sending_where_no_way_leads_is_no_failure()
    {
        using var sockets = new HeartbeatSockets(0, 9);
        sockets.Send(new(new("n1"), InetAddress.Parse("255.255.255.255")), "hello"u8);
        sockets.Send(new(new("n1"), InetAddress.Parse("ff02::1")), "hello"u8);
        sockets.Wait(TimeSpan.Zero);
    }

    [Fact]
    public void A_taken_port_is_an_error()
    {
        using var first = new HeartbeatSockets(0, 1);
        var failure = Assert.Throws<SocketException>(() => new HeartbeatSockets(first.ListenPort, 1));
        Assert.Equal(SocketError.AddressAlreadyInUse, failure.SocketErrorCode);
    }

    [Fact]
    public void Members_that_are_not_kept_are_forgotten()
    {
        int closed;
        using (var gone = new HeartbeatSockets(0, 1))
            closed = gone.ListenPort;
        using var sockets = new HeartbeatSockets(0, closed);
        Member n1 = new(new("n1"), Loopback), n2 = new(new("n2"), InetAddress.Parse("127.0.0.2"));
        sockets.Send(n1, "hello"u8);
        sockets.Send(n2, "hello"u8);
        sockets.Keep([n2]);
        sockets.Wait(Patience);
        Assert.True(sockets.TryTakeRefused(out var member));
        Assert.Equal(n2.Node, member);
        Assert.False(sockets.TryTakeRefused(out _));
    }
}
