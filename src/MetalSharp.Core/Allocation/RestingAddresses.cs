using System.Diagnostics.CodeAnalysis;
using MetalSharp.Net;

namespace MetalSharp.Allocation;

/// <summary>An address that was released a short while ago, and the space in whose queue it waits.</summary>
internal sealed record RestingAddress(InetAddress Address, ServiceKey LastOwner, Instant ReleasedAt, AddressSpace Space);

/// <summary>All addresses that rest, by address and by the Service that had them.</summary>
internal sealed class RestingAddresses
{
    private readonly Dictionary<InetAddress, LinkedListNode<RestingAddress>> _byAddress = [];
    private readonly Dictionary<ServiceKey, List<RestingAddress>> _byOwner = [];

    public IEnumerable<RestingAddress> InOrderOfRelease =>
        _byAddress.Values.Select(node => node.Value).OrderBy(resting => resting.ReleasedAt).ThenBy(resting => resting.Address);

    public void Add(LinkedListNode<RestingAddress> node)
    {
        _byAddress.Add(node.Value.Address, node);
        if (!_byOwner.TryGetValue(node.Value.LastOwner, out var own))
            _byOwner.Add(node.Value.LastOwner, own = []);
        own.Add(node.Value);
    }

    public bool Remove(InetAddress address, [NotNullWhen(true)] out LinkedListNode<RestingAddress>? node)
    {
        if (!_byAddress.Remove(address, out node))
            return false;
        var own = _byOwner[node.Value.LastOwner];
        own.Remove(node.Value);
        if (own.Count == 0)
            _byOwner.Remove(node.Value.LastOwner);
        return true;
    }

    /// <summary>The lowest address of a space that the Service itself gave back.</summary>
    public InetAddress? LowestOf(ServiceKey service, AddressSpace space)
    {
        InetAddress? lowest = null;
        foreach (var resting in _byOwner.GetValueOrDefault(service, []))
        {
            if (resting.Space == space && (lowest is null || resting.Address < lowest))
                lowest = resting.Address;
        }

        return lowest;
    }
}
