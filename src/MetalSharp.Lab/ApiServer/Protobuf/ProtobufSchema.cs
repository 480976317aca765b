using System.Collections.Frozen;

namespace MetalSharp.Lab.ApiServer.Protobuf;

/// <summary>How a field of a message is written in JSON. Type is a scalar's or another message's name.</summary>
internal sealed record ProtobufField(string Name, string Type, bool IsList, bool IsMap, bool KeepsZero);

/// <summary>
/// The messages that kubectl's imperative commands (create, auth, token, scale) send: it speaks protobuf there and JSON
/// everywhere else. Written as "number name type", with [] for lists, {} for maps, and ! where zero is not the same as absent.
/// </summary>
internal static class ProtobufSchema
{
    private const string Text = """
        ObjectMeta: 1 name string, 2 generateName string, 3 namespace string, 4 selfLink string, 5 uid string, 6 resourceVersion string, 7 generation int, 8 creationTimestamp Time, 9 deletionTimestamp Time, 10 deletionGracePeriodSeconds int!, 11 labels {}string, 12 annotations {}string, 13 ownerReferences []OwnerReference, 14 finalizers []string
        OwnerReference: 1 kind string, 3 name string, 4 uid string, 5 apiVersion string, 6 controller bool!, 7 blockOwnerDeletion bool!
        LabelSelector: 1 matchLabels {}string, 2 matchExpressions []LabelRequirement
        LabelRequirement: 1 key string, 2 operator string, 3 values []string
        DeleteOptions: 1 gracePeriodSeconds int!, 2 preconditions Preconditions, 3 orphanDependents bool!, 4 propagationPolicy string, 5 dryRun []string
        Preconditions: 1 uid string, 2 resourceVersion string
        ConfigMap: 1 metadata ObjectMeta, 2 data {}string, 3 binaryData {}bytes, 4 immutable bool!
        Secret: 1 metadata ObjectMeta, 2 data {}bytes, 3 type string, 4 stringData {}string, 5 immutable bool!
        Namespace: 1 metadata ObjectMeta, 2 spec NamespaceSpec, 3 status NamespaceStatus
        NamespaceSpec: 1 finalizers []string
        NamespaceStatus: 1 phase string
        ServiceAccount: 1 metadata ObjectMeta, 2 secrets []ObjectReference, 3 imagePullSecrets []LocalReference, 4 automountServiceAccountToken bool!
        ObjectReference: 1 kind string, 2 namespace string, 3 name string, 4 uid string, 5 apiVersion string, 6 resourceVersion string, 7 fieldPath string
        LocalReference: 1 name string
        Service: 1 metadata ObjectMeta, 2 spec ServiceSpec, 3 status ServiceStatus
        ServiceSpec: 1 ports []ServicePort, 2 selector {}string, 3 clusterIP string, 4 type string, 5 externalIPs []string, 7 sessionAffinity string, 8 loadBalancerIP string, 9 loadBalancerSourceRanges []string, 10 externalName string, 11 externalTrafficPolicy string, 12 healthCheckNodePort int, 13 publishNotReadyAddresses bool, 17 ipFamilyPolicy string, 18 clusterIPs []string, 19 ipFamilies []string, 20 allocateLoadBalancerNodePorts bool!, 21 loadBalancerClass string, 22 internalTrafficPolicy string, 23 trafficDistribution string
        ServicePort: 1 name string, 2 protocol string, 3 port int, 4 targetPort IntOrString, 5 nodePort int, 6 appProtocol string
        ServiceStatus: 1 loadBalancer LoadBalancerStatus
        LoadBalancerStatus: 1 ingress []LoadBalancerIngress
        LoadBalancerIngress: 1 ip string, 2 hostname string
        Deployment: 1 metadata ObjectMeta, 2 spec DeploymentSpec, 3 status DeploymentStatus
        DeploymentSpec: 1 replicas int!, 2 selector LabelSelector, 3 template PodTemplateSpec, 4 strategy DeploymentStrategy, 5 minReadySeconds int, 6 revisionHistoryLimit int!, 7 paused bool, 9 progressDeadlineSeconds int!
        DeploymentStrategy: 1 type string
        DeploymentStatus: 1 observedGeneration int
        PodTemplateSpec: 1 metadata ObjectMeta, 2 spec PodSpec
        PodSpec: 2 containers []Container, 3 restartPolicy string, 4 terminationGracePeriodSeconds int!, 6 dnsPolicy string, 7 nodeSelector {}string, 8 serviceAccountName string, 10 nodeName string, 11 hostNetwork bool, 15 imagePullSecrets []LocalReference, 20 initContainers []Container
        Container: 1 name string, 2 image string, 3 command []string, 4 args []string, 5 workingDir string, 6 ports []ContainerPort, 7 env []EnvironmentVariable, 8 resources ResourceRequirements, 14 imagePullPolicy string
        ContainerPort: 1 name string, 2 hostPort int, 3 containerPort int, 4 protocol string, 5 hostIP string
        EnvironmentVariable: 1 name string, 2 value string
        ResourceRequirements: 1 limits {}Quantity, 2 requests {}Quantity
        Scale: 1 metadata ObjectMeta, 2 spec ScaleSpec, 3 status ScaleStatus
        ScaleSpec: 1 replicas int!
        ScaleStatus: 1 replicas int, 2 selector string
        Role: 1 metadata ObjectMeta, 2 rules []PolicyRule
        ClusterRole: 1 metadata ObjectMeta, 2 rules []PolicyRule
        PolicyRule: 1 verbs []string, 2 apiGroups []string, 3 resources []string, 4 resourceNames []string, 5 nonResourceURLs []string
        RoleBinding: 1 metadata ObjectMeta, 2 subjects []Subject, 3 roleRef RoleReference
        ClusterRoleBinding: 1 metadata ObjectMeta, 2 subjects []Subject, 3 roleRef RoleReference
        Subject: 1 kind string, 2 apiGroup string, 3 name string, 4 namespace string
        RoleReference: 1 apiGroup string, 2 kind string, 3 name string
        TokenRequest: 1 metadata ObjectMeta, 2 spec TokenRequestSpec, 3 status TokenRequestStatus
        TokenRequestSpec: 1 audiences []string, 3 boundObjectRef BoundReference, 4 expirationSeconds int
        BoundReference: 1 kind string, 2 apiVersion string, 3 name string, 4 uid string
        TokenRequestStatus: 1 token string, 2 expirationTimestamp Time
        SelfSubjectReview: 1 metadata ObjectMeta, 2 status Empty
        SelfSubjectAccessReview: 1 metadata ObjectMeta, 2 spec AccessReviewSpec, 3 status Empty
        AccessReviewSpec: 1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes NonResourceAttributes
        ResourceAttributes: 1 namespace string, 2 verb string, 3 group string, 4 version string, 5 resource string, 6 subresource string, 7 name string
        NonResourceAttributes: 1 path string, 2 verb string
        SelfSubjectRulesReview: 1 metadata ObjectMeta, 2 spec RulesReviewSpec, 3 status Empty
        RulesReviewSpec: 1 namespace string
        PodDisruptionBudget: 1 metadata ObjectMeta, 2 spec DisruptionBudgetSpec, 3 status Empty
        DisruptionBudgetSpec: 1 minAvailable IntOrString, 2 selector LabelSelector, 3 maxUnavailable IntOrString
        PriorityClass: 1 metadata ObjectMeta, 2 value int, 3 globalDefault bool, 4 description string, 5 preemptionPolicy string
        Time: 1 seconds int, 2 nanos int
        IntOrString: 1 type int, 2 intVal int, 3 strVal string
        Quantity: 1 string string
        Empty:
        """;

    private static readonly FrozenDictionary<string, FrozenDictionary<int, ProtobufField>> Messages = Text
        .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(':', 2))
        .ToFrozenDictionary(parts => parts[0], parts => parts[1]
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(field => field.Split(' '))
            .ToFrozenDictionary(field => int.Parse(field[0], System.Globalization.CultureInfo.InvariantCulture), field => ToField(field[1], field[2])));

    public static FrozenDictionary<int, ProtobufField>? Find(string message) => Messages.GetValueOrDefault(message);

    private static ProtobufField ToField(string name, string type) => new(
        name,
        type.TrimStart('[', ']', '{', '}').TrimEnd('!'),
        type.StartsWith("[]", StringComparison.Ordinal),
        type.StartsWith("{}", StringComparison.Ordinal),
        type.EndsWith('!'));
}
