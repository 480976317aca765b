using MetalSharp.Net;

namespace MetalSharp.Allocation;

/// <summary>A Service that would lose its address under another configuration, with the reason in words.</summary>
public sealed record LostAddress(ServiceKey Service, InetAddress Address, ReleaseReason Reason, string Message);
