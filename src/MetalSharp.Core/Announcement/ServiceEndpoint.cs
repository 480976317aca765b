using MetalSharp.Net;

namespace MetalSharp.Announcement;

/// <summary>One address behind a Service, as an EndpointSlice tells it.</summary>
/// <param name="Address">The pod's address.</param>
/// <param name="Node">Where it runs; null where the slice does not say.</param>
/// <param name="CanServe">Ready (also where the slice says nothing of it), or still serving while it terminates.</param>
public readonly record struct ServiceEndpoint(InetAddress Address, NodeName? Node, bool CanServe);
