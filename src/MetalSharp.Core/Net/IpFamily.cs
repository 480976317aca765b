namespace MetalSharp.Net;

/// <summary>The two families of IP; the values order IPv4 first.</summary>
public enum IpFamily : byte
{
    IPv4 = 4,
    IPv6 = 6,
}

/// <summary>What follows from the family alone.</summary>
public static class IpFamilies
{
    /// <summary>The width of an address: 32 or 128 bits.</summary>
    public static int Bits(this IpFamily family) => family == IpFamily.IPv4 ? 32 : 128;
}
