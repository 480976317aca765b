using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace MetalSharp.Interop.Tests.Deploy;

/// <summary>What kubectl makes of deploy/: the objects an operator gets, what they may do, and what their containers may not.</summary>
public sealed class ManifestsTests
{
    private const string Base = "deploy/base";
    private const string Overlay = "deploy/overlays/metallb-system";

    // Everything the program asks of the API; a permission that is not here is one too many.
    private static readonly Dictionary<string, string[]> Permissions = new()
    {
        ["ClusterRole metalsharp:controller"] =
            ["services: get list watch", "services/status: patch", "events.k8s.io/events: create patch"],
        ["Role metalsharp-controller"] =
            ["configmaps config: list watch", "coordination.k8s.io/leases metalsharp-controller: get update", "coordination.k8s.io/leases: create"],
        ["ClusterRole metalsharp:speaker"] =
            ["services: list watch", "nodes: list watch", "discovery.k8s.io/endpointslices: list watch", "events.k8s.io/events: create patch"],
        ["Role metalsharp-speaker"] =
            ["configmaps config: list watch", "pods: list watch"],
    };

    [Fact]
    public async Task The_base_has_everything_in_a_namespace_of_its_own()
    {
        var objects = await BuildAsync(Base);
        Assert.Equal(
            [
                "ClusterRole metalsharp:controller", "ClusterRole metalsharp:speaker", "ClusterRoleBinding metalsharp:controller", "ClusterRoleBinding metalsharp:speaker",
                "ConfigMap config", "DaemonSet speaker", "Deployment controller", "Namespace metalsharp-system", "Role metalsharp-controller", "Role metalsharp-speaker",
                "RoleBinding metalsharp-controller", "RoleBinding metalsharp-speaker", "ServiceAccount controller", "ServiceAccount speaker",
            ],
            objects.Select(Name).Order(StringComparer.Ordinal));
        Assert.Equal("privileged", Text(objects.Single(o => Name(o) == "Namespace metalsharp-system"), "metadata", "labels", "pod-security.kubernetes.io/enforce"));
    }

    [Fact]
    public async Task The_overlay_for_MetalLBs_namespace_leaves_namespace_and_ConfigMap_alone()
    {
        var objects = await BuildAsync(Overlay);
        Assert.DoesNotContain(objects, o => Text(o, "kind") is "Namespace" or "ConfigMap");
        var inBase = (await BuildAsync(Base)).Where(o => Text(o, "kind") is not ("Namespace" or "ConfigMap"));
        Assert.Equal(inBase.Select(Name).Order(StringComparer.Ordinal), objects.Select(Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(Base, "metalsharp-system")]
    [InlineData(Overlay, "metallb-system")]
    public async Task Every_object_and_every_account_that_a_binding_names_is_in_one_namespace(string folder, string name)
    {
        var objects = await BuildAsync(folder);
        foreach (var one in objects.Where(o => Text(o, "kind") is not ("Namespace" or "ClusterRole" or "ClusterRoleBinding")))
            Assert.Equal(name, Text(one, "metadata", "namespace"));
        var bindings = objects.Where(o => Text(o, "kind").EndsWith("Binding", StringComparison.Ordinal)).ToList();
        Assert.Equal(4, bindings.Count);
        foreach (var binding in bindings)
        {
            var subject = Assert.Single(Items(binding, "subjects"));
            Assert.Equal(name, Text(subject, "namespace"));
            Assert.Contains(objects, o => Name(o) == $"ServiceAccount {Text(subject, "name")}");
            Assert.Contains(objects, o => Name(o) == $"{Text(binding, "roleRef", "kind")} {Text(binding, "roleRef", "name")}");
        }
    }

    [Fact]
    public async Task The_roles_permit_what_the_program_asks_for_and_nothing_more()
    {
        var roles = (await BuildAsync(Base)).Where(o => Text(o, "kind") is "Role" or "ClusterRole").ToList();
        Assert.Equal(Permissions.Keys.Order(StringComparer.Ordinal), roles.Select(Name).Order(StringComparer.Ordinal));
        foreach (var role in roles)
        {
            var permitted =
                from rule in Items(role, "rules")
                from api in Texts(rule, "apiGroups")
                from resource in Texts(rule, "resources")
                let only = Has(rule, "resourceNames") ? " " + string.Join(' ', Texts(rule, "resourceNames")) : ""
                select $"{(api.Length == 0 ? "" : api + "/")}{resource}{only}: {string.Join(' ', Texts(rule, "verbs").Order(StringComparer.Ordinal))}";
            Assert.Equal(Permissions[Name(role)].Order(StringComparer.Ordinal), permitted.Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData("Deployment controller", "controller", "")]
    [InlineData("DaemonSet speaker", "speaker", "NET_RAW")]
    public async Task A_container_has_no_power_but_what_it_needs(string workload, string component, string capability)
    {
        var pod = At(await OneAsync(workload), "spec", "template", "spec");
        Assert.Equal(component, Text(pod, "serviceAccountName"));
        Assert.Equal("RuntimeDefault", Text(pod, "securityContext", "seccompProfile", "type"));
        Assert.False(Has(pod, "volumes"), "nothing is mounted");
        var container = Assert.Single(Items(pod, "containers"));
        Assert.Equal("false", Text(container, "securityContext", "allowPrivilegeEscalation"));
        Assert.Equal("true", Text(container, "securityContext", "readOnlyRootFilesystem"));
        Assert.False(Has(container, "securityContext", "privileged"));
        Assert.Equal(["ALL"], Texts(container, "securityContext", "capabilities", "drop"));
        Assert.Equal(capability, Has(container, "securityContext", "capabilities", "add") ? string.Join(' ', Texts(container, "securityContext", "capabilities", "add")) : "");
        foreach (var key in new[] { "hostPID", "hostIPC" })
            Assert.False(Has(pod, key), key);
        Assert.Equal(component == "speaker", Has(pod, "hostNetwork"));
        if (component == "controller")
            Assert.Equal(("true", "65532"), (Text(pod, "securityContext", "runAsNonRoot"), Text(pod, "securityContext", "runAsUser")));
        else
            Assert.Equal("0", Text(container, "securityContext", "runAsUser"));
    }

    [Theory]
    [InlineData("Deployment controller", "controller")]
    [InlineData("DaemonSet speaker", "speaker")]
    public async Task A_container_is_started_probed_and_bounded(string workload, string component)
    {
        var template = At(await OneAsync(workload), "spec", "template");
        foreach (var labels in new[] { At(await OneAsync(workload), "spec", "selector", "matchLabels"), At(template, "metadata", "labels") })
        {
            Assert.Equal("metalsharp", Text(labels, "app.kubernetes.io/name"));
            Assert.Equal(component, Text(labels, "app.kubernetes.io/component"));
        }

        var container = Items(template, "spec", "containers")[0];
        Assert.Equal("metalsharp/metalsharp:0.1.0", Text(container, "image"));
        Assert.Equal([component, "--config-map=config", "--port=7472", "--log-level=info"], Texts(container, "args"));
        var port = Items(container, "ports").Single(p => Text(p, "name") == "http");
        Assert.Equal("7472", Text(port, "containerPort"));
        Assert.Equal(("/healthz", "http"), (Text(container, "livenessProbe", "httpGet", "path"), Text(container, "livenessProbe", "httpGet", "port")));
        Assert.Equal(("/readyz", "http"), (Text(container, "readinessProbe", "httpGet", "path"), Text(container, "readinessProbe", "httpGet", "port")));
        Assert.True(Has(container, "resources", "requests", "cpu") && Has(container, "resources", "requests", "memory") && Has(container, "resources", "limits", "memory"));
        var fields = Items(container, "env").Where(e => Has(e, "valueFrom")).ToDictionary(e => Text(e, "name"), e => Text(e, "valueFrom", "fieldRef", "fieldPath"));
        Assert.Equal("metadata.namespace", fields["METALSHARP_NAMESPACE"]);
        Assert.Equal(component == "speaker" ? "spec.nodeName" : null, fields.GetValueOrDefault("METALSHARP_NODE_NAME"));
        Assert.InRange(int.Parse(Text(template, "spec", "terminationGracePeriodSeconds"), CultureInfo.InvariantCulture), 1, 10);
    }

    [Fact]
    public async Task Two_controllers_keep_apart_and_a_speaker_runs_on_the_control_plane_too()
    {
        var controller = await OneAsync("Deployment controller");
        Assert.Equal("2", Text(controller, "spec", "replicas"));
        Assert.NotEmpty(Items(controller, "spec", "template", "spec", "affinity", "podAntiAffinity", "preferredDuringSchedulingIgnoredDuringExecution"));
        var speaker = await OneAsync("DaemonSet speaker");
        Assert.Equal("RollingUpdate", Text(speaker, "spec", "updateStrategy", "type"));
        Assert.Contains(Items(speaker, "spec", "template", "spec", "tolerations"), t => Text(t, "key") == "node-role.kubernetes.io/control-plane");
    }

    private static async Task<YamlNode> OneAsync(string name) => (await BuildAsync(Base)).Single(o => Name(o) == name);

    private static async Task<List<YamlNode>> BuildAsync(string folder)
    {
        using var kubectl = new Process
        {
            StartInfo = new("kubectl", ["kustomize", Path.Combine(RepositoryRoot(), folder)]) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        try
        {
            kubectl.Start();
        }
        catch (Win32Exception)
        {
            Assert.Skip("kubectl is not installed");
        }

        var (output, error) = (kubectl.StandardOutput.ReadToEndAsync(), kubectl.StandardError.ReadToEndAsync());
        await kubectl.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(kubectl.ExitCode == 0, await error);
        var stream = new YamlStream();
        stream.Load(new StringReader(await output));
        return [.. stream.Documents.Select(document => document.RootNode)];
    }

    private static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MetalSharp.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("the tests do not run from inside the repository");
    }

    private static string Name(YamlNode manifest) => $"{Text(manifest, "kind")} {Text(manifest, "metadata", "name")}";

    private static string Text(YamlNode node, params string[] way) => ((YamlScalarNode)At(node, way)).Value!;

    private static List<YamlNode> Items(YamlNode node, params string[] way) => [.. (YamlSequenceNode)At(node, way)];

    private static List<string> Texts(YamlNode node, params string[] way) => [.. Items(node, way).Select(item => ((YamlScalarNode)item).Value!)];

    private static YamlNode At(YamlNode node, params string[] way) => way.Aggregate(node, (at, key) => ((YamlMappingNode)at).Children[key]);

    private static bool Has(YamlNode node, params string[] way)
    {
        foreach (var key in way)
        {
            if (!((YamlMappingNode)node).Children.TryGetValue(key, out var next))
                return false;
            node = next;
        }

        return true;
    }
}
