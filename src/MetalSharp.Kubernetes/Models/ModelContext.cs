using System.Text.Json.Serialization;

namespace MetalSharp.Kubernetes.Models;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(KubernetesList<V1Service>))]
[JsonSerializable(typeof(KubernetesList<V1EndpointSlice>))]
[JsonSerializable(typeof(KubernetesList<V1Node>))]
[JsonSerializable(typeof(KubernetesList<V1Namespace>))]
[JsonSerializable(typeof(KubernetesList<V1ConfigMap>))]
[JsonSerializable(typeof(KubernetesList<V1Secret>))]
[JsonSerializable(typeof(KubernetesList<V1Pod>))]
[JsonSerializable(typeof(KubernetesList<V1Lease>))]
[JsonSerializable(typeof(KubernetesList<EventsV1Event>))]
[JsonSerializable(typeof(KubernetesList<V1Deployment>))]
[JsonSerializable(typeof(KubernetesList<V1DaemonSet>))]
[JsonSerializable(typeof(V1APIResourceList))]
[JsonSerializable(typeof(V1Status))]
[JsonSerializable(typeof(VersionInfo))]
internal sealed partial class ModelContext : JsonSerializerContext;
