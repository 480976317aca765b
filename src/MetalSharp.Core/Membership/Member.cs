using MetalSharp.Net;

namespace MetalSharp.Membership;

/// <summary>A speaker that the API knows of: the node it runs on, and the address at which it listens for other speakers.</summary>
public readonly record struct Member(NodeName Node, InetAddress Address);
