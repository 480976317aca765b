using System.Text;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Http;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Lab.ApiServer.Resources;

internal sealed class NamespaceRules : ObjectRules
{
    public const string Finalizer = "kubernetes";

    public override void Complete(JsonObject next, JsonObject? before, StoreWriter store)
    {
        var meta = next.Meta();
        meta.Section("labels")["kubernetes.io/metadata.name"] = meta.Text("name");
        if (before is null)
            next.Section("spec")["finalizers"] = new JsonArray(Finalizer);
        next.Section("status")["phase"] = meta["deletionTimestamp"] is null ? "Active" : "Terminating";
    }
}

internal sealed class SecretRules : ObjectRules
{
    public override void Complete(JsonObject next, JsonObject? before, StoreWriter store)
    {
        next.Default("type", "Opaque");
        if (!next.Remove("stringData", out var plain) || plain is not JsonObject texts)
            return;
        var data = next.Section("data");
        foreach (var (key, value) in texts)
            data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value.AsText() ?? ""));
    }

    public override void Validate(JsonObject next, JsonObject? before, StoreWriter store, List<FieldError> errors)
    {
        if (before is not null && before.Text("type") != next.Text("type"))
            errors.Add(FieldError.InvalidText("type", next.Text("type") ?? "", "field is immutable"));
    }
}

internal sealed class NodeRules : ObjectRules
{
    // A kubelet registers its node together with what it knows of it.
    public override bool DropsStatusOnCreate => false;
}

internal sealed class PodRules : ObjectRules
{
    public override void Complete(JsonObject next, JsonObject? before, StoreWriter store)
    {
        var spec = next.Section("spec");
        spec.Default("restartPolicy", "Always");
        spec.Default("terminationGracePeriodSeconds", 30);
        spec.Default("dnsPolicy", "ClusterFirst");
        spec.Default("serviceAccountName", "default");
        spec.Default("schedulerName", "default-scheduler");
        next.Section("status").Default("phase", "Pending");
        foreach (var container in spec.List("containers").OfType<JsonObject>())
        {
            container.Default("imagePullPolicy", "IfNotPresent");
            foreach (var port in container.List("ports").OfType<JsonObject>())
                port.Default("protocol", "TCP");
        }
    }

    public override void Validate(JsonObject next, JsonObject? before, StoreWriter store, List<FieldError> errors)
    {
        if (!next.List("spec", "containers").Any())
            errors.Add(FieldError.Required("spec.containers"));
    }
}

internal sealed class WorkloadRules(string kind) : ObjectRules
{
    public override void Complete(JsonObject next, JsonObject? before, StoreWriter store)
    {
        var spec = next.Section("spec");
        if (kind != "DaemonSet")
            spec.Default("replicas", 1);
        spec.Default("revisionHistoryLimit", 10);
    }

    public override void Validate(JsonObject next, JsonObject? before, StoreWriter store, List<FieldError> errors)
    {
        var selector = next.At("spec", "selector");
        if (selector is null)
        {
            errors.Add(FieldError.Required("spec.selector"));
            return;
        }
        if (before is not null && !JsonNode.DeepEquals(before.At("spec", "selector"), selector))
            errors.Add(FieldError.Invalid("spec.selector", selector.ToJsonString(), "field is immutable"));
        foreach (var (key, value) in selector["matchLabels"] as JsonObject ?? [])
        {
            if (next.Text("spec", "template", "metadata", "labels", key) != value.AsText())
                errors.Add(FieldError.Invalid("spec.template.metadata.labels",
                    (next.At("spec", "template", "metadata", "labels") ?? new JsonObject()).ToJsonString(),
                    "`selector` does not match template `labels`"));
        }
    }
}

internal sealed class BindingRules : ObjectRules
{
    public override void Complete(JsonObject next, JsonObject? before, StoreWriter store)
    {
        foreach (var subject in next.List("subjects").OfType<JsonObject>())
        {
            if (subject.Text("kind") is "User" or "Group")
                subject.Default("apiGroup", "rbac.authorization.k8s.io");
        }
    }

    public override void Validate(JsonObject next, JsonObject? before, StoreWriter store, List<FieldError> errors)
    {
        if (next.Text("roleRef", "name") is null)
            errors.Add(FieldError.Required("roleRef.name"));
        else if (before is not null && !JsonNode.DeepEquals(before["roleRef"], next["roleRef"]))
            errors.Add(FieldError.Invalid("roleRef", next["roleRef"]!.ToJsonString(), "cannot change roleRef"));
    }
}
