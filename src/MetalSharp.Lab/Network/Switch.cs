using System.Net;

namespace MetalSharp.Lab.Network;

/// <summary>A switch: a bridge in the lab's root namespace, which is itself one host of the LAN (the API server's).</summary>
internal sealed record Switch(string Name, IPNetwork Network, IPAddress OwnAddress)
{
    public IEnumerable<string> Lines =>
    [
        $"link add {Name} type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
        $"link set {Name} address {LinkAddress.For(OwnAddress)} up",
        $"address add {OwnAddress}/{Network.PrefixLength} dev {Name}",
    ];
}

/// <summary>MAC addresses that show whose they are: the last two bytes are those of the IP.</summary>
internal static class LinkAddress
{
    public static string For(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return $"02:4d:53:00:{bytes[^2]:x2}:{bytes[^1]:x2}";
    }
}
