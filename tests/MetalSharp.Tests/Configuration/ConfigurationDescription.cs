using MetalSharp.Configuration;

namespace MetalSharp.Tests.Configuration;

internal static class ConfigurationDescription
{
    /// <summary>Everything a configuration says, a line for each part, so that a test can say what it expects.</summary>
    public static string Describe(this LoadBalancerConfiguration configuration) => string.Join('\n',
    [
        .. configuration.Peers.Select(peer =>
            $"peer {peer.MyAsn} {peer.PeerAsn} {peer.Address} {peer.SourceAddress} {peer.Port} {peer.HoldTime.TotalSeconds} {peer.KeepaliveTime.TotalSeconds}"
            + $" {peer.RouterId} {string.Join(';', peer.NodeSelectors)} {peer.Password?.Reveal()} {peer.BfdProfile?.Name} {peer.EbgpMultihop}"),
        .. configuration.Pools.OrderBy(pool => pool.Name).Select(pool =>
            $"pool {pool.Name} {(pool.Protocols == AnnouncementProtocols.Bgp ? "bgp" : "layer2")} {string.Join(' ', pool.Addresses.SelectMany(range => range.ToPrefixes()))}"
            + $" {pool.AvoidBuggyIps} {pool.AutoAssign} "
            + string.Join(' ', pool.BgpAdvertisements.Select(ad => $"{ad.AggregationLength}/{ad.AggregationLengthV6}/{ad.LocalPreference}/{string.Join(',', ad.Communities)}"))),
        .. configuration.BfdProfiles.OrderBy(profile => profile.Name, StringComparer.Ordinal).Select(profile =>
            $"bfd {profile.Name} {profile.ReceiveInterval.TotalMilliseconds} {profile.TransmitInterval.TotalMilliseconds} {profile.DetectMultiplier}"
            + $" {profile.EchoInterval.TotalMilliseconds} {profile.EchoMode} {profile.PassiveMode} {profile.MinimumTtl}"),
    ]);
}
