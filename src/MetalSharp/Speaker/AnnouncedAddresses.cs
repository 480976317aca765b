using System.Collections.Immutable;
using MetalSharp.Net;

namespace MetalSharp.Speaker;

/// <summary>The addresses that are announced now, with their metrics. Immutable: threads that receive read the present one.</summary>
internal sealed class AnnouncedAddresses(ImmutableHashSet<InetAddress> all, Dictionary<InetAddress, AddressMetrics> ipv4)
{
    public static readonly AnnouncedAddresses None = new([], []);

    private readonly HashSet<InetAddress> _ipv4 = [.. ipv4.Keys];

    /// <summary>All that were given, of both families.</summary>
    public ImmutableHashSet<InetAddress> All => all;

    public IReadOnlySet<InetAddress> IPv4 => _ipv4;

    public AddressMetrics MetricsOf(InetAddress address) => ipv4[address];

    public AnnouncedAddresses With(ImmutableHashSet<InetAddress> addresses, Layer2Metrics metrics) => new(
        addresses,
        addresses.Where(address => address.IsIPv4)
            .ToDictionary(address => address, address => ipv4.GetValueOrDefault(address) ?? metrics.For(address)));
}
