namespace MetalSharp.Layer2;

/// <summary>What becomes of a received ARP frame: answered, or dropped for exactly one reason. The name is the metric label.</summary>
public enum ArpVerdict
{
    /// <summary>A request for an announced address: answered.</summary>
    Answered,

    /// <summary>
    /// A probe for an announced address (RFC 5227 section 2.1.1, sender 0.0.0.0): answered, so that the asking host does not take the address.
    /// </summary>
    ProbeAnswered,

    /// <summary>Too short, VLAN-tagged, or not IPv4 over Ethernet.</summary>
    Malformed,

    /// <summary>A frame of this interface that came back, for example from a wireless access point.</summary>
    OwnFrame,

    /// <summary>Sent to a MAC that is neither broadcast nor this interface's.</summary>
    NotForUs,

    /// <summary>A reply or another operation: only requests are answered.</summary>
    NotRequest,

    /// <summary>The sender's MAC is a group address or zero, or its IP is broadcast or multicast: nobody could receive the answer.</summary>
    SenderInvalid,

    /// <summary>The address asked for is not announced.</summary>
    NotAnnounced,

    /// <summary>The address is announced, but not on the interface the request came in by.</summary>
    NotOnInterface,

    /// <summary>The sender says that the announced address is its own: answering would start an argument, not end it.</summary>
    SenderClaimsAddress,
}

/// <summary>What follows from a verdict alone.</summary>
public static class ArpVerdicts
{
    public static bool IsAnswer(this ArpVerdict verdict) => verdict is ArpVerdict.Answered or ArpVerdict.ProbeAnswered;
}
