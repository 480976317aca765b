using System.Text.Json;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Lab.Nodes;

/// <summary>Keeps one EndpointSlice for every Service with a selector in step with the pods that it selects.</summary>
internal sealed class EndpointSlices(KubernetesClient client, Store<V1Service> services, Store<V1Pod> pods, Store<V1EndpointSlice> slices)
{
    private const string ServiceLabel = "kubernetes.io/service-name";
    private const string ManagerLabel = "endpointslice.kubernetes.io/managed-by";
    private const string Manager = "endpointslice-controller.metalsharp-lab";

    public async Task PassAsync(CancellationToken stop)
    {
        var byNamespace = pods.Objects.Values.ToLookup(p => p.Metadata.Namespace);
        var wanted = services.Objects.Values
            .Where(s => s is { Metadata.DeletionTimestamp: null, Spec: { Selector.Count: > 0, Type: not "ExternalName" } })
            .Select(s => SliceOf(s, byNamespace[s.Metadata.Namespace]))
            .ToDictionary(ObjectName.Of);
        var own = slices.Objects.Where(s => s.Value.Metadata.Labels?.GetValueOrDefault(ManagerLabel) == Manager);

        await Parallel.ForEachAsync(own.Where(s => !wanted.ContainsKey(s.Key)).Select(s => s.Key), stop, async (name, token) =>
            await client.DeleteAsync(ResourceKinds.EndpointSlices, name.Namespace, name.Name, cancel: token));
        await Parallel.ForEachAsync(wanted.Values, stop, async (slice, token) =>
        {
            if (slices.Find(ObjectName.Of(slice)) is not { } present)
                await CreateAsync(slice, token);
            else if (!SaysTheSame(present, slice))
                await client.UpdateAsync(ResourceKinds.EndpointSlices, slice with { Metadata = slice.Metadata with { ResourceVersion = present.Metadata.ResourceVersion } }, cancel: token);
        });
    }

    /// <summary>The slice that a Service should have.</summary>
    public static V1EndpointSlice SliceOf(V1Service service, IEnumerable<V1Pod> candidates)
    {
        var selected = candidates
            .Where(p => p.Status is { PodIP: not null, Phase: "Running" } && service.Spec!.Selector!.All(s => p.Metadata.Labels?.GetValueOrDefault(s.Key) == s.Value))
            .OrderBy(p => p.Metadata.Name, StringComparer.Ordinal).ToList();
        return new()
        {
            Metadata = new()
            {
                Namespace = service.Metadata.Namespace,
                Name = $"{service.Metadata.Name}-lab",
                Labels = new Dictionary<string, string> { [ServiceLabel] = service.Metadata.Name!, [ManagerLabel] = Manager },
                OwnerReferences =
                [
                    new() { ApiVersion = "v1", Kind = "Service", Name = service.Metadata.Name, Uid = service.Metadata.Uid, Controller = true, BlockOwnerDeletion = true },
                ],
            },
            AddressType = "IPv4",
            Endpoints = [.. selected.Select(p => EndpointOf(p, service.Spec!.PublishNotReadyAddresses == true))],
            Ports = [.. (service.Spec!.Ports ?? []).Select(port => new Discoveryv1EndpointPort { Name = port.Name ?? "", Protocol = port.Protocol ?? "TCP", Port = TargetOf(port, selected) })],
        };
    }

    private static V1Endpoint EndpointOf(V1Pod pod, bool publishNotReady)
    {
        var serving = Workloads.IsReady(pod);
        var terminating = pod.Metadata.DeletionTimestamp is not null;
        return new()
        {
            Addresses = [pod.Status!.PodIP!],
            Conditions = new() { Ready = publishNotReady || (serving && !terminating), Serving = serving, Terminating = terminating },
            NodeName = pod.Spec?.NodeName,
            TargetRef = new() { Kind = "Pod", Namespace = pod.Metadata.Namespace, Name = pod.Metadata.Name, Uid = pod.Metadata.Uid },
        };
    }

    /// <summary>A named target port is looked up in the first pod; the lab's pods of one Service are alike.</summary>
    private static int TargetOf(V1ServicePort port, List<V1Pod> selected) => port.TargetPort switch
    {
        { Number: { } number and not 0 } => number,
        { Text: { } name } => selected.SelectMany(p => p.Spec!.Containers).SelectMany(c => c.Ports ?? []).FirstOrDefault(p => p.Name == name)?.ContainerPort ?? port.Port,
        _ => port.Port,
    };

    private async Task CreateAsync(V1EndpointSlice slice, CancellationToken stop)
    {
        try
        {
            await client.CreateAsync(ResourceKinds.EndpointSlices, slice, stop);
        }
        catch (KubernetesException failure) when (failure.IsAlreadyExists)
        {
            // From a pass that was ahead of the watch.
        }
    }

    private static bool SaysTheSame(V1EndpointSlice a, V1EndpointSlice b) => Essence(a) == Essence(b);

    private static string Essence(V1EndpointSlice slice) => JsonSerializer.Serialize(
        new V1EndpointSlice { AddressType = slice.AddressType, Endpoints = slice.Endpoints, Ports = slice.Ports }, ResourceKinds.EndpointSlices.ObjectType);
}
