using MetalSharp.Net;

namespace MetalSharp.Configuration;

public sealed partial class ConfigMapReader
{
    private List<AddressPool> ReadPools(DocumentSection root)
    {
        var pools = new List<AddressPool>();
        var names = new Dictionary<string, Place>(StringComparer.Ordinal);
        var blocks = new List<AddressBlock>();
        foreach (var item in root.Items("address-pools"))
            pools.Add(ReadPool(new DocumentSection(item, ConfigMapKeys.Pool, _errors), names, blocks));
        SayOverlaps(blocks);
        return pools;
    }

    private AddressPool ReadPool(DocumentSection section, Dictionary<string, Place> names, List<AddressBlock> allBlocks)
    {
        var name = section.Name("name", "missing; a pool needs a name");
        if (name is not null)
            IsNew(section, name, names, "pool");
        var protocols = ReadProtocol(section);
        var blocks = ReadAddresses(section);
        allBlocks.AddRange(blocks);
        var advertisements = ReadAdvertisements(section, blocks);
        if (protocols == AnnouncementProtocols.Layer2 && section.Has("bgp-advertisements", out var list)
            && list.Node is ConfigurationNode.Sequence { Items.Count: > 0 })
        {
            _errors.Add(list, ConfigurationFault.Conflict, "a pool with protocol layer2 has no bgp-advertisements; remove them, or write protocol bgp");
        }
        else if (protocols == AnnouncementProtocols.Bgp && advertisements.IsEmpty)
            advertisements = [new BgpAdvertisement()];
        var defaults = new AddressPool(new PoolName(name ?? "")) { Addresses = [] };
        return defaults with
        {
            Addresses = blocks.Select(block => block.Range).ToEquatableArray(),
            Protocols = protocols,
            AutoAssign = section.Flag("auto-assign") ?? defaults.AutoAssign,
            AvoidBuggyIps = section.Flag("avoid-buggy-ips") ?? defaults.AvoidBuggyIps,
            ReuseAfter = ReadReuseAfter(section) ?? defaults.ReuseAfter,
            BgpAdvertisements = advertisements,
        };
    }

    private static AnnouncementProtocols ReadProtocol(DocumentSection section)
    {
        switch (section.Name("protocol", "missing; expected layer2 or bgp"))
        {
            case null:
                return AnnouncementProtocols.None;
            case "layer2":
                return AnnouncementProtocols.Layer2;
            case "bgp":
                return AnnouncementProtocols.Bgp;
            case var other:
                section.Wrong("protocol", ConfigurationFault.InvalidValue, $"{Quotation.Of(other)} is no protocol; expected layer2 or bgp");
                return AnnouncementProtocols.None;
        }
    }

    private static TimeSpan? ReadReuseAfter(DocumentSection section)
    {
        var time = section.Duration("reuse-after");
        if (time < TimeSpan.Zero)
            section.Wrong("reuse-after", ConfigurationFault.OutOfRange, $"{Quotation.Of(section.Text("reuse-after")!)} is negative; expected 0s or more");
        return time;
    }

    private List<AddressBlock> ReadAddresses(DocumentSection section)
    {
        var blocks = new List<AddressBlock>();
        var written = 0;
        foreach (var item in section.Items("addresses"))
        {
            written++;
            if (DocumentSection.Text(item, _errors) is not { } text)
                continue;
            if (AddressBlock.TryParse(text, item, out var block, out var problem))
                blocks.Add(block);
            else
                _errors.Add(item, ConfigurationFault.InvalidValue, problem);
        }

        if (!section.Has("addresses", out var list))
            section.Missing("addresses", "missing; a pool needs at least one prefix like 192.0.2.0/24 or range like 192.0.2.10-192.0.2.20");
        else if (written == 0 && list.Node is ConfigurationNode.Sequence)
            section.Wrong("addresses", ConfigurationFault.Missing, "the list is empty; expected at least one prefix like 192.0.2.0/24 or range like 192.0.2.10-192.0.2.20");
        return blocks;
    }

    private void SayOverlaps(List<AddressBlock> blocks)
    {
        foreach (var (one, other) in AddressBlock.Overlaps(blocks))
        {
            var (earlier, later) = Precedes(one.Place.Node, other.Place.Node) ? (one, other) : (other, one);
            _errors.Add(later.Place, ConfigurationFault.Overlap,
                $"{later} overlaps {earlier}, which {earlier.Place.Path} in line {earlier.Place.Node.Line} holds already");
        }
    }

    private static bool Precedes(ConfigurationNode one, ConfigurationNode other) =>
        (one.Line, one.Column).CompareTo((other.Line, other.Column)) < 0;
}
