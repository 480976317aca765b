using MetalSharp.Net;

namespace MetalSharp.Configuration;

public sealed partial class ConfigMapReader
{
    private void ReadCommunities(DocumentSection root)
    {
        if (!root.Has("bgp-communities", out var place))
            return;
        foreach (var (name, value) in DocumentSection.Entries(place, _errors, out _))
        {
            var at = new Place(value, place.Path.Key(name.Text));
            BgpCommunity? community = null;
            if (DocumentSection.Text(at, _errors) is { } text)
            {
                if (BgpCommunity.TryParse(text, out var parsed))
                    community = parsed;
                else
                    _errors.Add(at, ConfigurationFault.InvalidValue, $"{Quotation.Of(text)} is no community; expected two numbers from 0 to 65535 like 64512:100");
            }

            _communities[name.Text] = community;
        }
    }

    private EquatableArray<BgpAdvertisement> ReadAdvertisements(DocumentSection pool, List<AddressBlock> blocks)
    {
        var advertisements = new List<BgpAdvertisement>();
        var written = new Dictionary<WrittenAdvertisement, Place>();
        // Asked for only where an advertisement aggregates at all.
        var narrowest = new Lazy<Dictionary<IpFamily, AddressBlock>>(
            () => blocks.GroupBy(block => block.Range.Family).ToDictionary(family => family.Key, family => family.MaxBy(block => block.WidestPrefix)!),
            isThreadSafe: false);
        foreach (var item in pool.Items("bgp-advertisements"))
        {
            var section = new DocumentSection(item, ConfigMapKeys.Advertisement, _errors);
            var before = _errors.Count;
            var (asWritten, advertisement) = ReadAdvertisement(section, narrowest);
            if (_errors.Count > before)
                continue;
            if (written.TryAdd(asWritten, item))
                advertisements.Add(advertisement);
            else
                _errors.Add(item, ConfigurationFault.Duplicate,
                    $"this advertisement is the same as {written[asWritten].Path} in line {written[asWritten].Node.Line}; remove one of them");
        }

        return advertisements.Distinct().ToEquatableArray();
    }

    private (WrittenAdvertisement Written, BgpAdvertisement Advertisement) ReadAdvertisement(
        DocumentSection section, Lazy<Dictionary<IpFamily, AddressBlock>> narrowest)
    {
        var defaults = new BgpAdvertisement();
        var length = (int?)section.Whole("aggregation-length", 1, 32);
        var lengthV6 = (int?)section.Whole("aggregation-length-v6", 1, 128);
        SayIfTooShort(section, "aggregation-length", length, IpFamily.IPv4, narrowest);
        SayIfTooShort(section, "aggregation-length-v6", lengthV6, IpFamily.IPv6, narrowest);
        var (texts, communities) = ReadAdvertisedCommunities(section);
        var advertisement = new BgpAdvertisement
        {
            AggregationLength = length ?? defaults.AggregationLength,
            AggregationLengthV6 = lengthV6 ?? defaults.AggregationLengthV6,
            LocalPreference = (uint?)section.Whole("localpref", 0, uint.MaxValue) ?? defaults.LocalPreference,
            Communities = communities,
        };
        return (new(length, lengthV6, advertisement.LocalPreference, texts), advertisement);
    }

    // An aggregate shorter than a pool entry would announce addresses that are not in the pool. Of a range, the widest prefix inside it counts.
    private static void SayIfTooShort(DocumentSection section, string key, int? length, IpFamily family, Lazy<Dictionary<IpFamily, AddressBlock>> narrowest)
    {
        if (length is not null && narrowest.Value.TryGetValue(family, out var block) && block.WidestPrefix is var widest && length < widest)
            section.Wrong(key, ConfigurationFault.Conflict,
                $"{length} would announce more than the pool holds: {block} in {block.Place.Path} has no prefix wider than /{widest}; expected {widest} to {family.Bits()}");
    }

    private (EquatableArray<string> Texts, EquatableArray<BgpCommunity> Communities) ReadAdvertisedCommunities(DocumentSection section)
    {
        var texts = new OrderedDictionary<string, Place>(StringComparer.Ordinal);
        var communities = new SortedSet<BgpCommunity>();
        foreach (var item in section.Items("communities"))
        {
            if (DocumentSection.Text(item, _errors) is not { } text)
                continue;
            if (!texts.TryAdd(text, item))
                _errors.Add(item, ConfigurationFault.Duplicate, $"duplicate community {Quotation.Of(text)}; {texts[text].Path} in line {texts[text].Node.Line} is the same");
            if (!_communities.ContainsKey(text) && BgpCommunity.TryParse(text, out var literal))
                communities.Add(literal);
            else if (Resolve(item, text, _communities, "neither a name under bgp-communities nor two numbers from 0 to 65535 like 64512:100") is { } named)
                communities.Add(named);
        }

        return (texts.Keys.ToEquatableArray(), communities.ToEquatableArray());
    }

    /// <summary>
    /// An advertisement as the operator wrote it. Two entries are a mistake when they are written alike; entries that only come to the same,
    /// such as an alias and its value, were always accepted and are one advertisement.
    /// </summary>
    private readonly record struct WrittenAdvertisement(int? Length, int? LengthV6, uint LocalPreference, EquatableArray<string> Communities);
}
