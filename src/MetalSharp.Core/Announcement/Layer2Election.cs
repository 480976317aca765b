using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MetalSharp.Net;

namespace MetalSharp.Announcement;

/// <summary>
/// Orders the candidates for an address: the lowest SHA-256 of <c>node#address</c> comes first and owns it. Everybody who
/// has the same candidates finds the same owner, without a word said, and it is the owner MetalLB 0.11 and later picks.
/// A candidate that joins takes only what it comes first for; one that leaves moves only what it owned.
/// </summary>
public static class Layer2Election
{
    // A node name has at most 253 bytes and an address at most 39.
    private const int UsualLength = 320;

    /// <summary>The candidate that comes first, or null where there is none.</summary>
    public static NodeName? Owner(InetAddress address, ReadOnlySpan<NodeName> candidates)
    {
        if (candidates.Length < 2)
            return candidates.IsEmpty ? null : candidates[0];
        var suffix = Suffix(address);
        var (owner, lowest) = (candidates[0], Score.Of(candidates[0], suffix));
        foreach (var candidate in candidates[1..])
        {
            var score = Score.Of(candidate, suffix);
            if (score.CompareTo(lowest) < 0)
                (owner, lowest) = (candidate, score);
        }

        return owner;
    }

    /// <summary>All candidates, the owner first, then whoever follows should those before it be lost.</summary>
    public static NodeName[] Order(InetAddress address, ReadOnlySpan<NodeName> candidates)
    {
        var suffix = Suffix(address);
        var scores = new Score[candidates.Length];
        for (var i = 0; i < scores.Length; i++)
            scores[i] = Score.Of(candidates[i], suffix);
        var ordered = candidates.ToArray();
        Array.Sort(scores, ordered);
        return ordered;
    }

    private static byte[] Suffix(InetAddress address) => Encoding.ASCII.GetBytes("#" + address);

    /// <summary>A SHA-256 digest that compares as the bytes do.</summary>
    private readonly record struct Score(UInt128 High, UInt128 Low) : IComparable<Score>
    {
        public static Score Of(NodeName node, ReadOnlySpan<byte> suffix)
        {
            var length = Encoding.UTF8.GetByteCount(node.Value);
            var text = length + suffix.Length <= UsualLength ? stackalloc byte[UsualLength] : new byte[length + suffix.Length];
            Encoding.UTF8.GetBytes(node.Value, text);
            suffix.CopyTo(text[length..]);
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(text[..(length + suffix.Length)], digest);
            return new(BinaryPrimitives.ReadUInt128BigEndian(digest), BinaryPrimitives.ReadUInt128BigEndian(digest[16..]));
        }

        public int CompareTo(Score other)
        {
            var byHigh = High.CompareTo(other.High);
            return byHigh != 0 ? byHigh : Low.CompareTo(other.Low);
        }
    }
}
