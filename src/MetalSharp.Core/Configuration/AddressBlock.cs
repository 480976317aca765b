using System.Diagnostics.CodeAnalysis;
using MetalSharp.Net;

namespace MetalSharp.Configuration;

/// <summary>One entry of a pool's <c>addresses</c>: what was written, what it means, and where it stands.</summary>
internal sealed record AddressBlock(string Text, InetRange Range, Place Place)
{
    // A document can hold as many overlaps as it has pairs of ranges; nobody reads more than these.
    private const int MostOverlaps = 1_000;

    /// <summary>Reads a CIDR prefix or a range; on refusal <paramref name="problem"/> is the message.</summary>
    public static bool TryParse(string text, Place place, [NotNullWhen(true)] out AddressBlock? block, out string problem)
    {
        var range = default(InetRange);
        problem = text.Contains('-') ? ReadRange(text, out range) : ReadPrefix(text, out range);
        block = problem.Length == 0 ? new(text, range, place) : null;
        return block is not null;
    }

    /// <summary>Pairs of blocks that share addresses: all of them, in n log n and the number of pairs, up to a thousand.</summary>
    public static List<(AddressBlock One, AddressBlock Other)> Overlaps(IReadOnlyList<AddressBlock> blocks)
    {
        var ordered = blocks.ToArray();
        Array.Sort(ordered, (one, other) => one.Range.First.CompareTo(other.Range.First));

        // Ordered by first address, a block overlaps exactly those before it that reach as far as its first address.
        var pairs = new List<(AddressBlock, AddressBlock)>();
        var reaching = new List<AddressBlock>();
        foreach (var block in ordered)
        {
            reaching.RemoveAll(before => !before.Range.Overlaps(block.Range));
            foreach (var before in reaching)
            {
                pairs.Add((before, block));
                if (pairs.Count == MostOverlaps)
                    return pairs;
            }

            reaching.Add(block);
        }

        return pairs;
    }

    /// <summary>The shortest prefix that the block consists of.</summary>
    public int WidestPrefix => Range.ToPrefixes().Min(prefix => prefix.Length);

    public override string ToString() => Text;

    private static string ReadPrefix(string text, out InetRange range)
    {
        range = default;
        if (InetPrefix.TryParse(text, out var prefix))
        {
            // A prefix of ::ffff:0:0/96 has a length that counts 128 bits, of which 96 are gone in the IPv4 address.
            if (prefix.Family == IpFamily.IPv4 && text.Contains(':'))
                return $"{Quotation.Of(text)} is an IPv4 prefix written as IPv6; write it as IPv4";
            range = prefix.Range;
            return "";
        }

        if (InetAddress.TryParse(text, out var address))
            return $"{Quotation.Of(text)} is a single address; write \"{address}/{address.Family.Bits()}\" for just this one";
        return $"{Quotation.Of(text)} is neither a prefix nor a range; expected one like 192.0.2.0/24 or 192.0.2.10-192.0.2.20";
    }

    private static string ReadRange(string text, out InetRange range)
    {
        range = default;
        var dash = text.IndexOf('-');
        var start = text.AsSpan(0, dash).Trim();
        var end = text.AsSpan(dash + 1).Trim();
        if (!InetAddress.TryParse(start, out var first))
            return $"{Quotation.Of(text)}: the start {Quotation.Of(start.ToString())} is not an IP address; expected a range like 192.0.2.10-192.0.2.20";
        if (!InetAddress.TryParse(end, out var last))
            return $"{Quotation.Of(text)}: the end {Quotation.Of(end.ToString())} is not an IP address; expected a range like 192.0.2.10-192.0.2.20";
        if (first.Family != last.Family)
            return $"{Quotation.Of(text)} begins with {first.Family} and ends with {last.Family}; a range is of one family";
        if (last < first)
            return $"{Quotation.Of(text)}: the start {first} is after the end {last}; write them the other way round";
        range = new(first, last);
        return "";
    }
}
