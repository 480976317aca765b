using MetalSharp.Lab.ApiServer.Patching;
using static MetalSharp.Lab.ApiServer.Patching.MergeSchema;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>How the built-in kinds merge, as their published schemas say; only what differs from the default is listed.</summary>
internal static class BuiltInSchemas
{
    private static readonly MergeSchema Conditions = MapList(["type"]);
    private static readonly MergeSchema ByName = MapList(["name"]);

    private static readonly MergeSchema ContainerPorts = MapList(["containerPort", new ListKey("protocol", "TCP")]);

    private static readonly MergeSchema Containers = MapList(["name"], Of(
        ("env", ByName),
        ("ports", ContainerPorts),
        ("volumeMounts", MapList(["mountPath"])),
        ("volumeDevices", MapList(["devicePath"])),
        ("resources.claims", ByName)));

    private static readonly MergeSchema PodSpec = Of(
        ("containers", Containers),
        ("initContainers", Containers),
        ("ephemeralContainers", Containers),
        ("volumes", ByName),
        ("imagePullSecrets", ByName),
        ("hostAliases", MapList(["ip"])),
        ("resourceClaims", ByName),
        ("schedulingGates", ByName),
        ("topologySpreadConstraints", MapList(["topologyKey", "whenUnsatisfiable"], Of(("labelSelector", AtomicMap())))),
        ("nodeSelector", AtomicMap()));

    private static readonly MergeSchema PodTemplate = Of(
        ("metadata.finalizers", SetList()), ("metadata.ownerReferences", MapList(["uid"])), ("spec", PodSpec));

    public static readonly MergeSchema Plain = ForObject();

    public static readonly MergeSchema WithConditions = ForObject(("status.conditions", Conditions));

    public static readonly MergeSchema Service = ForObject(
        ("spec.ports", MapList(["port", new ListKey("protocol", "TCP")])),
        ("spec.selector", AtomicMap()),
        ("status.conditions", Conditions));

    public static readonly MergeSchema Pod = ForObject(
        ("spec", PodSpec), ("status.conditions", Conditions), ("status.podIPs", MapList(["ip"])), ("status.hostIPs", AtomicList("ip")));

    public static readonly MergeSchema Workload = ForObject(
        ("spec.template", PodTemplate), ("spec.selector", AtomicMap()), ("status.conditions", Conditions));

    public static readonly MergeSchema Node = ForObject(
        ("spec.podCIDRs", SetList()),
        ("status.conditions", Conditions),
        ("status.addresses", AtomicList("type")));

    public static readonly MergeSchema ServiceAccount = ForObject(
        ("secrets", ByName), ("imagePullSecrets", AtomicList()));

    public static readonly MergeSchema Binding = ForObject(("roleRef", AtomicMap()));

    public static readonly MergeSchema Webhooks = ForObject(("webhooks", ByName));

    public static readonly MergeSchema DisruptionBudget = ForObject(
        ("spec.selector", AtomicMap()), ("status.conditions", Conditions));

    public static readonly MergeSchema ObjectReference = ForObject(
        ("involvedObject", AtomicMap()), ("regarding", AtomicMap()), ("related", AtomicMap()));

    public static readonly MergeSchema Definition = ForObject(("status.conditions", Conditions));

    public static readonly MergeSchema NetworkPolicy = ForObject(("spec.podSelector", AtomicMap()));

    public static readonly MergeSchema EndpointSlice = ForObject(("endpoints", AtomicList()), ("ports", AtomicList()));
}
