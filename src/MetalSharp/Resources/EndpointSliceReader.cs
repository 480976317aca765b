using MetalSharp.Announcement;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Net;

namespace MetalSharp.Resources;

/// <summary>EndpointSlices as the endpoints of Services.</summary>
internal static class EndpointSliceReader
{
    private const string ServiceNameLabel = "kubernetes.io/service-name";

    /// <summary>Keeps what <see cref="Read"/> reads, and what names the object.</summary>
    public static V1EndpointSlice Trim(V1EndpointSlice slice) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = slice.Metadata.Name,
            Namespace = slice.Metadata.Namespace,
            ResourceVersion = slice.Metadata.ResourceVersion,
            Labels = slice.Metadata.Labels?.TryGetValue(ServiceNameLabel, out var service) is true
                ? new Dictionary<string, string> { [ServiceNameLabel] = service }
                : null,
        },
        Endpoints = [.. slice.Endpoints.Select(endpoint => new V1Endpoint
        {
            Addresses = endpoint.Addresses,
            Conditions = endpoint.Conditions,
            // Every endpoint of a node would hold a copy of its name.
            NodeName = endpoint.NodeName is null ? null : string.Intern(endpoint.NodeName),
        })],
    };

    /// <summary>The endpoints of each Service, of all its slices together.</summary>
    public static Dictionary<ServiceKey, IReadOnlyList<ServiceEndpoint>> Read(IEnumerable<V1EndpointSlice> slices)
    {
        var endpoints = new Dictionary<ServiceKey, IReadOnlyList<ServiceEndpoint>>();
        foreach (var slice in slices)
        {
            if (slice.Metadata.Labels?.TryGetValue(ServiceNameLabel, out var service) is not true || slice.Metadata.Namespace is null)
                continue;
            var key = new ServiceKey(slice.Metadata.Namespace, service!);
            var read = EndpointsOf(slice);
            endpoints[key] = endpoints.TryGetValue(key, out var others) ? [.. others, .. read] : read;
        }

        return endpoints;
    }

    private static List<ServiceEndpoint> EndpointsOf(V1EndpointSlice slice)
    {
        var endpoints = new List<ServiceEndpoint>();
        foreach (var endpoint in slice.Endpoints)
        {
            NodeName? node = endpoint.NodeName is { } name ? new NodeName(name) : null;
            var canServe = endpoint.Conditions?.Ready is not false || endpoint.Conditions.Serving is true;
            foreach (var text in endpoint.Addresses)
            {
                // A slice of the type FQDN has names, which nothing forwards to.
                if (InetAddress.TryParse(text, out var address))
                    endpoints.Add(new(address, node, canServe));
            }
        }

        return endpoints;
    }
}
