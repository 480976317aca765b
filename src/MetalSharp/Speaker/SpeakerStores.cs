using System.Collections.Immutable;
using MetalSharp.Announcement;
using MetalSharp.Configuration;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Membership;
using MetalSharp.Resources;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Speaker;

/// <summary>
/// What a speaker sees of the cluster. The informers write; one loop reads. What was read from a store is kept until the store changes,
/// so that a change of membership alone, which is in a hurry, reads nothing again.
/// </summary>
internal sealed class SpeakerStores
{
    private readonly ServiceReader _reader;
    private readonly ObjectName _configMap;
    private readonly Informer<V1Service> _services;
    private readonly Informer<V1EndpointSlice> _slices;
    private readonly Informer<V1Node> _nodes;
    private readonly Informer<V1ConfigMap> _configMaps;
    private readonly Informer<V1Pod> _pods;

    private readonly Reading<V1Service, IReadOnlyList<LoadBalancerService>> _readServices = new();
    private readonly Reading<V1EndpointSlice, IReadOnlyDictionary<ServiceKey, IReadOnlyList<ServiceEndpoint>>> _readEndpoints = new();
    private readonly Reading<V1Node, IReadOnlyList<ClusterNode>> _readNodes = new();
    private readonly Reading<V1Pod, IReadOnlyCollection<Member>> _readMembers = new();

    /// <param name="changed">Called after any store has changed, by the informer that changed it.</param>
    public SpeakerStores(
        KubernetesClient client, string @namespace, string configMap, string? loadBalancerClass, Action changed, TimeProvider time, ILogger logger)
    {
        _reader = new(loadBalancerClass);
        _configMap = new(@namespace, configMap);
        _services = new(client, ResourceKinds.Services, new(), changed, time, logger, AnnouncedServiceReader.Trim);
        _slices = new(client, ResourceKinds.EndpointSlices, new(), changed, time, logger, EndpointSliceReader.Trim);
        _nodes = new(client, ResourceKinds.Nodes, new(), changed, time, logger, NodeReader.Trim);
        var onlyIt = new InformerOptions { Namespace = @namespace, FieldSelector = $"metadata.name={configMap}" };
        _configMaps = new(client, ResourceKinds.ConfigMaps, onlyIt, changed, time, logger);
        var speakers = new InformerOptions { Namespace = @namespace, LabelSelector = SpeakerPodReader.Selector };
        _pods = new(client, ResourceKinds.Pods, speakers, changed, time, logger, SpeakerPodReader.Trim);
    }

    /// <summary>Every store has seen a complete list since the start.</summary>
    public bool HaveSynced =>
        _services.Store.HasSynced && _slices.Store.HasSynced && _nodes.Store.HasSynced && _configMaps.Store.HasSynced && HasMembers;

    public bool HasMembers => _pods.Store.HasSynced;

    public V1ConfigMap? ConfigMap => _configMaps.Store.Find(_configMap);

    public IReadOnlyList<LoadBalancerService> Services =>
        _readServices.Of(_services.Store, services =>
            [.. services.Select(service => AnnouncedServiceReader.Read(service, _reader)).OfType<LoadBalancerService>()]);

    /// <summary>The speakers that the API lists.</summary>
    public IReadOnlyCollection<Member> Members =>
        _readMembers.Of(_pods.Store, pods => [.. pods.Select(SpeakerPodReader.Read).OfType<Member>().Distinct()]);

    public V1Service? Find(ServiceKey service) => _services.Store.Find(new(service.Namespace, service.Name));

    public ClusterSnapshot Snapshot(LoadBalancerConfiguration configuration, IReadOnlySet<NodeName> liveSpeakers) => new()
    {
        Configuration = configuration,
        Services = Services,
        Endpoints = _readEndpoints.Of(_slices.Store, EndpointSliceReader.Read),
        Nodes = _readNodes.Of(_nodes.Store, nodes => [.. nodes.Select(NodeReader.Read)]),
        LiveSpeakers = liveSpeakers,
    };

    /// <summary>Fills the stores and keeps them true, until stopped.</summary>
    public Task RunAsync(CancellationToken stop) => Task.WhenAll(
        _services.RunAsync(stop), _slices.RunAsync(stop), _nodes.RunAsync(stop), _configMaps.RunAsync(stop), _pods.RunAsync(stop));

    private sealed class Reading<TObject, TResult>
        where TObject : class, IKubernetesObject
        where TResult : class
    {
        private ImmutableDictionary<ObjectName, TObject>? _of;
        private TResult? _result;

        public TResult Of(Store<TObject> store, Func<IEnumerable<TObject>, TResult> read)
        {
            var objects = store.Objects;
            if (_result is null || !ReferenceEquals(objects, _of))
                (_of, _result) = (objects, read(objects.Values));
            return _result;
        }
    }
}
