using System.Text;
using MetalSharp.Bgp;
using MetalSharp.Net;

namespace MetalSharp.Configuration;

public sealed partial class ConfigMapReader
{
    // RFC 2385 sets no limit, Linux does: TCP_MD5SIG_MAXKEYLEN.
    private const int LongestPassword = 80;

    private List<BgpPeer> ReadPeers(DocumentSection root)
    {
        var peers = new List<BgpPeer>();
        var places = new Dictionary<BgpPeer, Place>();
        foreach (var item in root.Items("peers"))
        {
            var before = _errors.Count;
            var peer = ReadPeer(new DocumentSection(item, ConfigMapKeys.Peer, _errors));
            if (_errors.Count > before)
                continue;
            if (places.TryAdd(peer, item))
                peers.Add(peer);
            else
                _errors.Add(item, ConfigurationFault.Duplicate,
                    $"this peer is the same as {places[peer].Path} in line {places[peer].Node.Line}; remove one of them");
        }

        return peers;
    }

    private BgpPeer ReadPeer(DocumentSection section)
    {
        var myAsn = ReadAsn(section, "my-asn", "the AS number of the cluster");
        var peerAsn = ReadAsn(section, "peer-asn", "the AS number of the router");
        var address = section.Address("peer-address");
        if (section.IsEmpty("peer-address"))
            section.Missing("peer-address", "missing; a peer needs the IP address of the router");
        var (holdTime, keepaliveTime) = ReadTimers(section);
        var multihop = section.Flag("ebgp-multihop") ?? false;
        if (multihop && myAsn is not null && myAsn == peerAsn)
            section.Wrong("ebgp-multihop", ConfigurationFault.Conflict,
                $"a peer of the same AS ({myAsn}) is an iBGP peer, which has no ebgp-multihop; remove it or correct one of the AS numbers");
        return new(myAsn ?? default, peerAsn ?? default, address ?? default)
        {
            SourceAddress = section.Address("source-address"),
            Port = section.Whole("peer-port", 0, ushort.MaxValue) is { } port and not 0 ? (ushort)port : (ushort)179,
            HoldTime = holdTime,
            KeepaliveTime = keepaliveTime,
            RouterId = ReadRouterId(section),
            NodeSelectors = ReadNodeSelectors(section),
            Password = ReadPassword(section),
            BfdProfile = section.Has("bfd-profile", out var profile) && section.Text("bfd-profile") is { Length: > 0 } name
                ? Resolve(profile, name, _bfdProfiles, "not the name of a profile under bfd-profiles")
                : null,
            EbgpMultihop = multihop,
        };
    }

    private static Asn? ReadAsn(DocumentSection section, string key, string what)
    {
        if (!section.Has(key, out _))
            section.Missing(key, $"missing; a peer needs {what}");
        return section.Whole(key, 1, uint.MaxValue) is { } value ? new Asn((uint)value) : null;
    }

    private static (TimeSpan Hold, TimeSpan Keepalive) ReadTimers(DocumentSection section)
    {
        var hold = WholeSeconds(section.Duration("hold-time")) ?? TimeSpan.FromSeconds(90);
        if (hold != TimeSpan.Zero && hold < TimeSpan.FromSeconds(3))
            section.Wrong("hold-time", ConfigurationFault.OutOfRange, $"{Quotation.Of(section.Text("hold-time")!)} is too short; expected 0s, or 3s and more");
        if (hold > TimeSpan.FromSeconds(ushort.MaxValue))
            section.Wrong("hold-time", ConfigurationFault.OutOfRange, $"{Quotation.Of(section.Text("hold-time")!)} is too long; BGP can say at most 65535s");

        var keepalive = WholeSeconds(section.Duration("keepalive-time"));
        if (keepalive < TimeSpan.Zero)
            section.Wrong("keepalive-time", ConfigurationFault.OutOfRange, $"{Quotation.Of(section.Text("keepalive-time")!)} is negative");
        if (keepalive > hold)
            section.Wrong("keepalive-time", ConfigurationFault.Conflict,
                $"{Quotation.Of(section.Text("keepalive-time")!)} is longer than the hold time of {hold.TotalSeconds}s; expected a third of it, the default");
        return (hold, keepalive ?? hold / 3);
    }

    private static TimeSpan? WholeSeconds(TimeSpan? duration) =>
        duration is { } time ? new TimeSpan(time.Ticks - time.Ticks % TimeSpan.TicksPerSecond) : null;

    private static InetAddress? ReadRouterId(DocumentSection section)
    {
        var id = section.Address("router-id");
        if (id is { } written && (!written.IsIPv4 || written.Value == UInt128.Zero))
            section.Wrong("router-id", ConfigurationFault.InvalidValue,
                $"{Quotation.Of(section.Text("router-id")!)} is no router ID; expected an IPv4 address other than 0.0.0.0 (RFC 6286)");
        return id;
    }

    // No message here or anywhere names the value.
    private static Secret? ReadPassword(DocumentSection section)
    {
        if (section.Text("password") is not { Length: > 0 } password)
            return null;
        if (Encoding.UTF8.GetByteCount(password) > LongestPassword)
            section.Wrong("password", ConfigurationFault.OutOfRange, $"the password is too long; TCP MD5 takes at most {LongestPassword} bytes");
        return new Secret(password);
    }

    private EquatableArray<LabelSelector> ReadNodeSelectors(DocumentSection section)
    {
        var selectors = section.Items("node-selectors").Select(ReadNodeSelector).ToEquatableArray();
        return selectors.IsEmpty ? [LabelSelector.Everything] : selectors;
    }

    private LabelSelector ReadNodeSelector(Place place)
    {
        var section = new DocumentSection(place, ConfigMapKeys.NodeSelector, _errors);
        var requirements = new List<LabelRequirement>();
        if (section.Has("match-labels", out var labels))
        {
            foreach (var (key, value) in DocumentSection.Entries(labels, _errors, out _))
            {
                if (ReadLabelKey(new(key, labels.Path.Key(key.Text))) is { } label && ReadLabelValue(new(value, labels.Path.Key(key.Text))) is { } wanted)
                    requirements.Add(new(label, LabelOperator.Equal, wanted));
            }
        }

        foreach (var expression in section.Items("match-expressions"))
        {
            if (ReadMatchExpression(new DocumentSection(expression, ConfigMapKeys.MatchExpression, _errors)) is { } requirement)
                requirements.Add(requirement);
        }

        return new LabelSelector(requirements);
    }

    private LabelRequirement? ReadMatchExpression(DocumentSection section)
    {
        LabelKey? key = null;
        if (section.Has("key", out var keyPlace))
            key = ReadLabelKey(keyPlace);
        else
            section.Missing("key", "missing; an expression needs the key of a label");
        var comparison = ReadOperator(section);
        var values = section.Items("values").Select(ReadLabelValue).ToList();
        if (comparison is LabelOperator.In or LabelOperator.NotIn && values.Count == 0)
        {
            if (!section.Has("values", out _))
                section.Missing("values", $"missing; operator {comparison} needs at least one value");
            else
                section.Wrong("values", ConfigurationFault.Missing, $"operator {comparison} needs at least one value");
            return null;
        }

        if (comparison is LabelOperator.Exists or LabelOperator.DoesNotExist && values.Count > 0)
        {
            section.Wrong("values", ConfigurationFault.Conflict, $"operator {comparison} takes no values; remove them, or write In or NotIn");
            return null;
        }

        if (key is null || comparison is null || values.Contains(null))
            return null;
        return new(key.Value, comparison.Value, values.Select(value => value!.Value));
    }

    private static LabelOperator? ReadOperator(DocumentSection section)
    {
        if (section.Name("operator", "missing; expected In, NotIn, Exists or DoesNotExist") is not { } text)
            return null;
        LabelOperator? comparison = text switch
        {
            "In" => LabelOperator.In,
            "NotIn" => LabelOperator.NotIn,
            "Exists" => LabelOperator.Exists,
            "DoesNotExist" => LabelOperator.DoesNotExist,
            _ => null,
        };
        if (comparison is null)
            section.Wrong("operator", ConfigurationFault.InvalidValue, $"{Quotation.Of(text)} is no operator; expected In, NotIn, Exists or DoesNotExist");
        return comparison;
    }

    private LabelKey? ReadLabelKey(Place place)
    {
        if (DocumentSection.Text(place, _errors) is not { } text)
            return null;
        if (LabelKey.TryParse(text, out var key, out var expected))
            return key;
        _errors.Add(place, ConfigurationFault.InvalidValue, $"{Quotation.Of(text)} is no label key; {expected}");
        return null;
    }

    private LabelValue? ReadLabelValue(Place place)
    {
        if (DocumentSection.Text(place, _errors) is not { } text)
            return null;
        if (LabelValue.TryParse(text, out var value, out var expected))
            return value;
        _errors.Add(place, ConfigurationFault.InvalidValue, $"{Quotation.Of(text)} is no label value; {expected}");
        return null;
    }
}
