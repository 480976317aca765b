using System.Collections.Immutable;
using MetalSharp.Lab.ApiServer.Patching;
using MetalSharp.Lab.ApiServer.Tables;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>The resources that are always there.</summary>
internal sealed class BuiltInResources
{
    private const string Coordination = "coordination.k8s.io";
    private const string Rbac = "rbac.authorization.k8s.io";
    private const string Extensions = "apiextensions.k8s.io";
    private const string EventsGroup = "events.k8s.io";

    private readonly List<ServedResource> _served = [];

    public BuiltInResources(ServiceRules serviceRules, TimeProvider clock)
    {
        Namespaces = Add("", "v1", "namespaces", "Namespace", false, ["ns"], BuiltInSchemas.WithConditions, BuiltInColumns.Namespace,
            type => type with { SelectableFields = ["status.phase"], Rules = new NamespaceRules() }, hasStatus: true);
        Services = Add("", "v1", "services", "Service", true, ["svc"], BuiltInSchemas.Service, BuiltInColumns.Service,
            type => type with { SelectableFields = ["spec.clusterIP", "spec.type"], Categories = ["all"], Rules = serviceRules }, hasStatus: true);
        Add("", "v1", "configmaps", "ConfigMap", true, ["cm"], BuiltInSchemas.Plain, BuiltInColumns.ConfigMap);
        Add("", "v1", "secrets", "Secret", true, [], BuiltInSchemas.Plain, BuiltInColumns.Secret,
            type => type with { SelectableFields = ["type"], Rules = new SecretRules() });
        Nodes = Add("", "v1", "nodes", "Node", false, ["no"], BuiltInSchemas.Node, BuiltInColumns.Node,
            type => type with
            {
                SelectableFields = [new SelectableField("spec.unschedulable", "spec.unschedulable", "false")],
                Rules = new NodeRules(),
            }, hasStatus: true);
        Add("", "v1", "pods", "Pod", true, ["po"], BuiltInSchemas.Pod, BuiltInColumns.Pod,
            type => type with
            {
                Categories = ["all"],
                SelectableFields =
                [
                    "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork",
                    "status.phase", "status.podIP", "status.nominatedNodeName",
                ],
                Rules = new PodRules(),
            }, hasStatus: true);
        Add("", "v1", "endpoints", "Endpoints", true, ["ep"], BuiltInSchemas.Plain, BuiltInColumns.Endpoints);
        ServiceAccounts = Add("", "v1", "serviceaccounts", "ServiceAccount", true, ["sa"], BuiltInSchemas.ServiceAccount, BuiltInColumns.ServiceAccount);
        AddEvents();

        foreach (var (plural, kind, shortName, columns) in new[]
        {
            ("deployments", "Deployment", "deploy", BuiltInColumns.Deployment),
            ("daemonsets", "DaemonSet", "ds", BuiltInColumns.DaemonSet),
            ("replicasets", "ReplicaSet", "rs", BuiltInColumns.ReplicaSet),
            ("statefulsets", "StatefulSet", "sts", BuiltInColumns.StatefulSet),
        })
        {
            Add("apps", "v1", plural, kind, true, [shortName], BuiltInSchemas.Workload, columns,
                type => type with { Categories = ["all"], CountsGenerations = true, Rules = new WorkloadRules(kind) },
                hasStatus: true, hasScale: kind != "DaemonSet");
        }

        Add("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true, [], BuiltInSchemas.EndpointSlice, BuiltInColumns.EndpointSlice,
            type => type with { CountsGenerations = true });
        Add(Coordination, "v1", "leases", "Lease", true, [], BuiltInSchemas.Plain, BuiltInColumns.Lease,
            type => type with { AllowsBlindUpdate = false });
        Roles = Add(Rbac, "v1", "roles", "Role", true, [], BuiltInSchemas.Plain, BuiltInColumns.Role);
        RoleBindings = Add(Rbac, "v1", "rolebindings", "RoleBinding", true, [], BuiltInSchemas.Binding, BuiltInColumns.Binding,
            type => type with { Rules = new BindingRules() });
        ClusterRoles = Add(Rbac, "v1", "clusterroles", "ClusterRole", false, [], BuiltInSchemas.Plain, BuiltInColumns.ClusterRole);
        ClusterRoleBindings = Add(Rbac, "v1", "clusterrolebindings", "ClusterRoleBinding", false, [], BuiltInSchemas.Binding, BuiltInColumns.Binding,
            type => type with { Rules = new BindingRules() });
        Definitions = Add(Extensions, "v1", "customresourcedefinitions", "CustomResourceDefinition", false, ["crd", "crds"],
            BuiltInSchemas.Definition, BuiltInColumns.Definition,
            type => type with { Categories = ["api-extensions"], CountsGenerations = true, Rules = new DefinitionRules(clock) }, hasStatus: true);
        Add("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration", false, [],
            BuiltInSchemas.Webhooks, BuiltInColumns.Webhooks, type => type with { Categories = ["api-extensions"], CountsGenerations = true });
        Add("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", true, ["pdb"], BuiltInSchemas.DisruptionBudget,
            BuiltInColumns.DisruptionBudget, type => type with { CountsGenerations = true }, hasStatus: true);
        Add("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", true, ["netpol"], BuiltInSchemas.NetworkPolicy,
            BuiltInColumns.NetworkPolicy, type => type with { CountsGenerations = true });
        Add("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", false, ["pc"], BuiltInSchemas.Plain, BuiltInColumns.PriorityClass,
            type => type with { CountsGenerations = true });
    }

    public IReadOnlyList<ServedResource> Served => _served;

    public ResourceType Namespaces { get; }

    public ResourceType Services { get; }

    public ResourceType Nodes { get; }

    public ResourceType ServiceAccounts { get; }

    public ResourceType Roles { get; }

    public ResourceType RoleBindings { get; }

    public ResourceType ClusterRoles { get; }

    public ResourceType ClusterRoleBindings { get; }

    public ResourceType Definitions { get; }

    // One storage, two faces: what is written through either is seen through both.
    private void AddEvents()
    {
        var stored = Add("", "v1", "events", "Event", true, ["ev"], BuiltInSchemas.ObjectReference, BuiltInColumns.Event,
            type => type with { SelectableFields = EventConversion.SelectableFields });
        _served.Add(new ServedResource(stored, EventsGroup, "v1")
        {
            Schema = BuiltInSchemas.ObjectReference,
            Columns = BuiltInColumns.Event,
            Conversion = EventConversion.EventsV1,
        });
    }

    private ResourceType Add(
        string group, string version, string plural, string kind, bool isNamespaced, ImmutableArray<string> shortNames, MergeSchema schema,
        ImmutableArray<Column> columns, Func<ResourceType, ResourceType>? more = null, bool hasStatus = false, bool hasScale = false)
    {
        var type = new ResourceType
        {
            Group = group,
            Plural = plural,
            Kind = kind,
            Singular = kind.ToLowerInvariant(),
            Namespaced = isNamespaced,
            ShortNames = shortNames,
            StorageApiVersion = group.Length == 0 ? version : $"{group}/{version}",
        };
        type = more?.Invoke(type) ?? type;
        _served.Add(new ServedResource(type, group, version) { Schema = schema, Columns = columns, HasStatus = hasStatus, HasScale = hasScale });
        return type;
    }
}
