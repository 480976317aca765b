using MetalSharp.Net;

namespace MetalSharp.Layer2;

/// <summary>Decides whether a received frame is a request that this node answers, and what the answer is.</summary>
public static class ArpResponder
{
    private static readonly InetAddress LimitedBroadcast = new(IpFamily.IPv4, uint.MaxValue);

    /// <param name="frame">The frame as received, from its Ethernet header on.</param>
    /// <param name="own">The MAC of the interface it came in by.</param>
    /// <param name="announced">The addresses announced on that interface.</param>
    /// <param name="reply">The answer, when the verdict is one. It goes to its target MAC.</param>
    public static ArpVerdict Judge(ReadOnlySpan<byte> frame, MacAddress own, IReadOnlySet<InetAddress> announced, out ArpPacket reply)
    {
        reply = default;
        if (!EthernetHeader.TryParse(frame, out var header) || header.Type != EtherType.Arp)
            return ArpVerdict.Malformed;
        if (!ArpPacket.TryParse(frame[EthernetHeader.Size..], out var request))
            return ArpVerdict.Malformed;
        if (header.Source == own || request.SenderMac == own)
            return ArpVerdict.OwnFrame;
        if (header.Destination != MacAddress.Broadcast && header.Destination != own)
            return ArpVerdict.NotForUs;
        if (request.Operation != ArpOperation.Request)
            return ArpVerdict.NotRequest;
        // The two MACs of a sender may differ (a bridge or a proxy speaks for it); the answer goes to the one that asks (RFC 826).
        if (header.Source.IsGroup || request.SenderMac.IsGroup || request.SenderMac == default)
            return ArpVerdict.SenderInvalid;
        if (request.SenderIp.IsMulticast || request.SenderIp == LimitedBroadcast)
            return ArpVerdict.SenderInvalid;
        if (!announced.Contains(request.TargetIp))
            return ArpVerdict.NotAnnounced;
        if (request.SenderIp == request.TargetIp)
            return ArpVerdict.SenderClaimsAddress;
        reply = new(ArpOperation.Reply, own, request.TargetIp, request.SenderMac, request.SenderIp);
        return request.IsProbe ? ArpVerdict.ProbeAnswered : ArpVerdict.Answered;
    }
}
