namespace MetalSharp.Layer2;

/// <summary>What an Ethernet frame carries (IEEE 802 numbers). Values without a name are kept as they are.</summary>
public enum EtherType : ushort
{
    /// <summary>The smallest value that is a type; anything less is the length of an IEEE 802.3 frame.</summary>
    Smallest = 0x0600,
    Arp = 0x0806,
    VlanTag = 0x8100,
    ServiceVlanTag = 0x88A8,
}
