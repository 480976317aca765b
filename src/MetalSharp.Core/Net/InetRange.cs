namespace MetalSharp.Net;

/// <summary>All addresses from <see cref="First"/> to <see cref="Last"/>, both included. Ordered by first, then last address.</summary>
public readonly record struct InetRange : IComparable<InetRange>
{
    /// <exception cref="ArgumentException">The two ends are of different families, or in the wrong order.</exception>
    public InetRange(InetAddress first, InetAddress last)
    {
        if (first.Family != last.Family)
            throw new ArgumentException("the ends of a range are of one family", nameof(last));
        if (last < first)
            throw new ArgumentException("a range ends at or after its start", nameof(last));
        First = first;
        Last = last;
    }

    public InetAddress First { get; }

    public InetAddress Last { get; }

    public IpFamily Family => First.Family;

    /// <summary>The number of addresses; saturates at 2^128 - 1 for the whole of IPv6.</summary>
    public UInt128 Count => Last.Value - First.Value is var span && span == UInt128.MaxValue ? span : span + 1;

    public bool Contains(InetAddress address) =>
        address.Family == Family && address.Value >= First.Value && address.Value <= Last.Value;

    public bool Overlaps(InetRange other) =>
        other.Family == Family && other.First.Value <= Last.Value && First.Value <= other.Last.Value;

    /// <summary>The fewest prefixes that together are exactly this range, in ascending order.</summary>
    public IEnumerable<InetPrefix> ToPrefixes()
    {
        var bits = Family.Bits();
        var next = First.Value;
        while (true)
        {
            var aligned = next == UInt128.Zero ? bits : Math.Min(bits, (int)UInt128.TrailingZeroCount(next));
            var left = Last.Value - next;
            // 2^hostBits addresses fit when the offset of the block's last address does.
            var fitting = left == UInt128.MaxValue ? 128 : (int)UInt128.Log2(left + 1);
            var hostBits = Math.Min(aligned, fitting);
            var prefix = new InetPrefix(new(Family, next), bits - hostBits);
            yield return prefix;
            if (prefix.Last == Last)
                yield break;
            next = prefix.Last.Value + 1;
        }
    }

    public int CompareTo(InetRange other)
    {
        var byFirst = First.CompareTo(other.First);
        return byFirst != 0 ? byFirst : Last.CompareTo(other.Last);
    }

    public override string ToString() => First == Last ? First.ToString() : $"{First}-{Last}";
}
