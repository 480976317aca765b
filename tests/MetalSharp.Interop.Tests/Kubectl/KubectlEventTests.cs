namespace MetalSharp.Interop.Tests.Kubectl;

[Collection(KubectlCollection.Name)]
public sealed class KubectlEventTests(KubectlServer kubectl)
{
    [Fact]
    public async Task Events_of_both_groups_show_in_get_events_and_describe()
    {
        var space = await kubectl.NamespaceAsync();
        await kubectl.OkAsync("create", "service", "loadbalancer", "web", "--tcp=80:8080", "-n", space);
        var uid = (await kubectl.OkAsync("get", "svc", "web", "-n", space, "-o", "jsonpath={.metadata.uid}")).Output;
        var now = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        await kubectl.OkAsync("create", "-n", space, "-f", kubectl.Write("events.yaml", $$"""
            apiVersion: events.k8s.io/v1
            kind: Event
            metadata: {name: web.new}
            regarding: {kind: Service, namespace: {{space}}, name: web, uid: {{uid}}, apiVersion: v1}
            reason: Allocated
            note: assigned 192.168.3.100 from pool lab
            type: Normal
            action: Allocate
            eventTime: "{{now}}.000000Z"
            reportingController: metalsharp-controller
            reportingInstance: controller-0
            ---
            apiVersion: v1
            kind: Event
            metadata: {name: web.old}
            involvedObject: {kind: Service, namespace: {{space}}, name: web, uid: {{uid}}, apiVersion: v1}
            reason: AllocationFailed
            message: no pool fits
            type: Warning
            firstTimestamp: "{{now}}Z"
            lastTimestamp: "{{now}}Z"
            count: 3
            source: {component: metalsharp-controller}
            """));

        var rows = (await kubectl.OkAsync("get", "events", "-n", space)).Rows;
        Assert.Equal(["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"], rows[0]);
        Assert.Equal(["Normal", "Allocated", "service/web", "assigned 192.168.3.100 from pool lab"], rows[1][1..]);
        Assert.Equal(["Warning", "AllocationFailed", "service/web", "no pool fits"], rows[2][1..]);
        Assert.Equal(3, (await kubectl.OkAsync("get", "events.events.k8s.io", "-n", space)).Lines.Length);

        var described = (await kubectl.OkAsync("describe", "svc", "web", "-n", space)).Output;
        Assert.Matches(@"Normal +Allocated +\S+ +metalsharp-controller +assigned 192\.168\.3\.100 from pool lab", described);
        Assert.Matches(@"Warning +AllocationFailed +\S+ \(x3 over \S+\) +metalsharp-controller +no pool fits", described);
        Assert.Contains("Allocated", (await kubectl.OkAsync("events", "--for", "svc/web", "-n", space)).Output, StringComparison.Ordinal);

        Assert.Equal("web.old", (await kubectl.OkAsync("get", "events", "-n", space, "--field-selector", "type=Warning,involvedObject.name=web", "-o", "jsonpath={.items[*].metadata.name}")).Output);
        Assert.Equal("web.new", (await kubectl.OkAsync("get", "events.events.k8s.io", "-n", space, "--field-selector", "reason=Allocated,regarding.kind=Service", "-o", "jsonpath={.items[*].metadata.name}")).Output);
    }
}
