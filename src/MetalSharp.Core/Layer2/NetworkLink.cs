using MetalSharp.Net;

namespace MetalSharp.Layer2;

/// <summary>What the kernel says about a network interface, as far as announcing on it depends on it.</summary>
/// <param name="Index">The kernel's number for it; not used again soon after the interface has gone.</param>
/// <param name="Name">Its present name.</param>
/// <param name="Mac">Its MAC; null when it is no Ethernet interface.</param>
/// <param name="Flags">Its flags, as netdevice(7) numbers them.</param>
/// <param name="Master">The index of the bridge, bond or VRF that it is part of; null when it stands alone.</param>
public sealed record NetworkLink(int Index, string Name, MacAddress? Mac, LinkFlags Flags, int? Master);

/// <summary>The flags of netdevice(7) that matter here; others are kept as they are.</summary>
[Flags]
public enum LinkFlags : uint
{
    None = 0,
    Up = 1,
    Broadcast = 1 << 1,
    Loopback = 1 << 3,
    NoArp = 1 << 7,

    /// <summary>The carrier is there: the cable is plugged in, the other end of a veth pair is up.</summary>
    LowerUp = 1 << 16,
}
