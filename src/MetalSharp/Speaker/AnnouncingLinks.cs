using System.Collections.Frozen;
using System.Net;
using MetalSharp.Layer2;
using MetalSharp.Linux;
using MetalSharp.Net;

namespace MetalSharp.Speaker;

/// <summary>The interfaces on which addresses are announced now, by index. Immutable, as <see cref="AnnouncedAddresses"/>.</summary>
internal sealed class AnnouncingLinks(IEnumerable<NetworkLink> links)
{
    public static readonly AnnouncingLinks None = new([]);

    private readonly FrozenDictionary<int, AnnouncingLink> _byIndex = links.ToFrozenDictionary(
        link => link.Index,
        link => new AnnouncingLink(link.Index, link.Name, link.Mac!.Value, PacketSocket.By(EtherType.Arp, link.Index)));

    public IReadOnlyCollection<AnnouncingLink> All => _byIndex.Values;

    public AnnouncingLink? Find(int index) => _byIndex.GetValueOrDefault(index);
}

/// <summary>One interface on which addresses are announced.</summary>
/// <param name="Index">The kernel's number for it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Mac">The MAC that addresses are announced with.</param>
/// <param name="By">Where frames that go out by it are sent to.</param>
internal sealed record AnnouncingLink(int Index, string Name, MacAddress Mac, SocketAddress By);
