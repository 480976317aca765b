using System.Diagnostics;
using MetalSharp.Interop.Tests.Lab;
using MetalSharp.Kubernetes;

namespace MetalSharp.Interop.Tests.Controller;

/// <summary>The controller as a process against the lab's API server, seen through kubectl.</summary>
public sealed class ControllerTests(ITestOutputHelper output)
{
    private const string Example = """
        address-pools:
        - name: default
          protocol: layer2
          addresses:
          - 192.168.3.100-192.168.3.200
        """;

    private const string OneAddress = """
        address-pools:
        - name: lab
          protocol: layer2
          addresses:
          - 10.0.0.7/32
        """;

    [Fact]
    public async Task The_example_in_use_since_2019_gets_its_address()
    {
        await using var cluster = await ControllerCluster.StartAsync(1, Example);
        await cluster.ApplyAsync("""
            apiVersion: v1
            kind: Service
            metadata: {name: nginx}
            spec:
              type: LoadBalancer
              loadBalancerIP: 192.168.3.100
              loadBalancerSourceRanges: [192.168.0.0/16]
              selector: {app: nginx}
              ports: [{port: 8080, targetPort: 80}]
            """);
        await cluster.UntilAsync(async () => await cluster.AddressOfAsync("nginx") is not null, "no address");
        Assert.Matches("nginx +LoadBalancer +[0-9.]+ +192.168.3.100 +8080:", await cluster.KubectlAsync("get", "svc"));
        await cluster.UntilAsync(
            async () => (await cluster.KubectlAsync("describe", "svc", "nginx")).Contains("IPAllocated", StringComparison.Ordinal), "no event");
        Assert.Contains("Assigned IP [\"192.168.3.100\"]", await cluster.KubectlAsync("describe", "svc", "nginx"), StringComparison.Ordinal);
        Assert.Contains("\"ipAllocated\"", cluster.Controllers.Single().Output, StringComparison.Ordinal);
        Assert.Equal(1, await cluster.MetricAsync("metallb_allocator_addresses_in_use_total{pool=\"default\"}"));
        Assert.Equal(101, await cluster.MetricAsync("metallb_allocator_addresses_total{pool=\"default\"}"));
        Assert.Equal(1, await cluster.MetricAsync("metalsharp_controller_status_writes_total{result=\"written\"}"));
        // A Service that waits for its pool would say so; this one says what it has.
        Assert.Equal("True Allocated", await ConditionAsync(cluster, "nginx", "{.status} {.reason}"));
    }

    [Fact]
    public async Task A_service_that_no_pool_fits_stays_pending_and_says_why()
    {
        await using var cluster = await ControllerCluster.StartAsync(1, """
            address-pools:
            - name: lab
              protocol: layer2
              auto-assign: false
              addresses: [10.0.0.0/30]
            """);
        await cluster.CreateAsync("web");
        await cluster.UntilAsync(
            async () => (await cluster.KubectlAsync("describe", "svc", "web")).Contains("AllocationFailed", StringComparison.Ordinal), "no event");
        Assert.Matches("web +LoadBalancer +[0-9.]+ +<pending>", await cluster.KubectlAsync("get", "svc"));
        Assert.Contains("Failed to allocate IP for \"default/web\": pool lab: auto-assign is off", await cluster.KubectlAsync("describe", "svc", "web"), StringComparison.Ordinal);
        Assert.Equal("False NoMatchingPool pool lab: auto-assign is off", await ConditionAsync(cluster, "web", "{.status} {.reason} {.message}"));
        await cluster.KubectlAsync("annotate", "svc", "web", "metallb.universe.tf/address-pool=lab");
        await cluster.UntilAsync(async () => await cluster.AddressOfAsync("web") == "10.0.0.0", "the annotation did not help");
        await cluster.KubectlAsync("annotate", "svc", "web", "metallb.io/address-pool=lap");
        await cluster.UntilAsync(async () => await cluster.AddressOfAsync("web") is null, "the address stays although another pool is asked for");
        Assert.Equal("no pool is called \"lap\": did you mean \"lab\"?", await ConditionAsync(cluster, "web", "{.message}"));
    }

    [Fact]
    public async Task An_address_that_becomes_free_goes_to_who_waits()
    {
        await using var cluster = await ControllerCluster.StartAsync(1, OneAddress);
        await cluster.CreateAsync("first");
        await cluster.UntilAsync(async () => await cluster.AddressOfAsync("first") == "10.0.0.7", "no address");
        await cluster.CreateAsync("second");
        await cluster.UntilAsync(async () => await ConditionAsync(cluster, "second", "{.reason}") == "PoolExhausted", "no reason");
        await cluster.KubectlAsync("patch", "svc", "first", "-p", """{"spec": {"type": "ClusterIP"}}""");
        await cluster.UntilAsync(async () => await cluster.AddressOfAsync("second") == "10.0.0.7", "the address was not passed on");
        Assert.Null(await cluster.AddressOfAsync("first"));
        await cluster.UntilAsync(async () => await ConditionAsync(cluster, "first", "{.reason}") == "", "the condition stays");
        await cluster.CreateAsync("third");
        await cluster.UntilAsync(async () => await ConditionAsync(cluster, "third", "{.reason}") == "PoolExhausted", "no reason");
        await cluster.KubectlAsync("delete", "svc", "second");
        await cluster.UntilAsync(async () => await cluster.AddressOfAsync("third") == "10.0.0.7", "the address was not passed on");
    }

    [Fact]
    public async Task A_configuration_with_five_errors_shows_all_five_and_changes_nothing()
    {
        await using var cluster = await ControllerCluster.StartAsync(1, Example);
        await cluster.CreateAsync("before");
        await cluster.UntilAsync(async () => await cluster.AddressOfAsync("before") == "192.168.3.100", "no address");
        await cluster.ConfigureAsync("""
            address-pools:
            - name: default
              protocol: layer3
              addreses:
              - 192.168.3.100-192.168.3.200
            - name: other
              protocol: layer2
              auto-assign: perhaps
              addresses:
              - 192.168.4.300-192.168.4.1
            - name: other
              protocol: layer2
              addresses:
              - 10.0.0.0/33
            """);
        var controller = cluster.Controllers.Single();
        await controller.UntilSaidAsync("\"configStale\"");
        await cluster.UntilAsync(
            async () => (await cluster.KubectlAsync("-n", ControllerCluster.Namespace, "get", "events")).Contains("InvalidConfiguration", StringComparison.Ordinal), "no event");
        var events = await cluster.KubectlAsync("-n", ControllerCluster.Namespace, "get", "events");
        output.WriteLine(events);
        foreach (var line in new[] { 3, 4, 8, 10, 14 })
        {
            Assert.Contains($"line {line}, column ", events, StringComparison.Ordinal);
            Assert.Contains($"{ControllerCluster.Namespace}/config:{line}:", controller.Output, StringComparison.Ordinal);
        }

        Assert.Equal(1, await cluster.MetricAsync("metallb_k8s_client_config_stale_bool"));
        await cluster.CreateAsync("after");
        await cluster.UntilAsync(async () => await cluster.AddressOfAsync("after") == "192.168.3.101", "the last good configuration is not in force");
        await cluster.ConfigureAsync(Example);
        await cluster.UntilAsync(async () => await cluster.MetricAsync("metallb_k8s_client_config_stale_bool") == 0, "still stale");
    }

    [Fact]
    public async Task A_configuration_that_takes_an_address_away_waits_until_nobody_has_it()
    {
        await using var cluster = await ControllerCluster.StartAsync(1, Example);
        await cluster.CreateAsync("holder");
        await cluster.UntilAsync(async () => await cluster.AddressOfAsync("holder") == "192.168.3.100", "no address");
        await cluster.ConfigureAsync(Example.Replace("3.100-", "3.150-", StringComparison.Ordinal));
        await cluster.Controllers.Single().UntilSaidAsync("\"configStale\"");
        await cluster.UntilAsync(
            async () => (await cluster.KubectlAsync("-n", ControllerCluster.Namespace, "get", "events")).Contains("default/holder", StringComparison.Ordinal), "no event names the Service");
        await cluster.CreateAsync("next");
        await cluster.UntilAsync(async () => await cluster.AddressOfAsync("next") == "192.168.3.101", "half of the new configuration is in force");
        await cluster.KubectlAsync("delete", "svc", "holder", "next");
        await cluster.CreateAsync("last");
        await cluster.UntilAsync(async () => await cluster.AddressOfAsync("last") == "192.168.3.150", "the new configuration was forgotten");
    }

    [Fact]
    public async Task Without_a_configuration_services_wait_and_say_why()
    {
        await using var cluster = await ControllerCluster.StartAsync(1, null);
        await cluster.CreateAsync("web");
        await cluster.UntilAsync(async () => await ConditionAsync(cluster, "web", "{.reason}") == "NoConfiguration", "no reason");
        await cluster.ConfigureAsync(Example);
        await cluster.UntilAsync(async () => await cluster.AddressOfAsync("web") == "192.168.3.100", "no address");
        await cluster.KubectlAsync("-n", ControllerCluster.Namespace, "delete", "configmap", "config");
        await cluster.CreateAsync("more");
        await cluster.UntilAsync(async () => await cluster.AddressOfAsync("more") == "192.168.3.101", "the last good configuration went with its ConfigMap");
    }

    [Fact]
    public async Task SIGTERM_passes_the_lease_on_at_once()
    {
        await using var cluster = await ControllerCluster.StartAsync(2, Example);
        await cluster.UntilAsync(() => Task.FromResult(cluster.Controllers.Any(one => one.Leads)), "nobody leads");
        var leader = cluster.Controllers.First(one => one.Leads);
        leader.Process.Send(Signal.Terminate);
        await leader.Process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(0, leader.Process.ExitCode);
        var begun = Stopwatch.GetTimestamp();
        await cluster.CreateAsync("web");
        await cluster.UntilAsync(async () => await cluster.AddressOfAsync("web") is not null, "no address");
        // The lease itself lasts longer.
        Assert.InRange(Stopwatch.GetElapsedTime(begun).TotalSeconds, 0, 5);
    }

    [Fact]
    public async Task Leaders_killed_at_ten_random_points_lose_no_address_and_give_none_twice()
    {
        const int services = 200;
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var cluster = await ControllerCluster.StartAsync(2, Example.Replace("192.168.3.100-192.168.3.200", "10.20.0.0/23", StringComparison.Ordinal));
        var seen = new Dictionary<string, string>();
        var created = 0;
        for (var kill = 0; kill < 10; kill++)
        {
            await cluster.UntilAsync(() => Task.FromResult(cluster.Controllers.Any(one => !one.Process.HasExited && one.Leads)), "nobody leads");
            var leader = cluster.Controllers.First(one => !one.Process.HasExited && one.Leads);
            var last = (kill + 1) * services / 10;
            var creating = Parallel.ForEachAsync(Enumerable.Range(created, last - created), async (n, stop) => await cluster.CreateAsync($"s{n}", stop));
            await Task.Delay(random.Next(150));
            await leader.KillAsync();
            await creating;
            created = last;
            cluster.StartController();
            Check(seen, await cluster.AddressesAsync());
        }

        await cluster.UntilAsync(async () => (await cluster.AddressesAsync()).Count == services, "some Services never got an address", 60);
        Check(seen, await cluster.AddressesAsync());
        Assert.Equal(services, seen.Count);
    }

    [Fact]
    public async Task A_thousand_services_get_their_addresses_with_one_write_each()
    {
        const int services = 1000;
        await using var cluster = await ControllerCluster.StartAsync(2, Example.Replace("192.168.3.100-192.168.3.200", "10.20.0.0/16", StringComparison.Ordinal));
        await cluster.UntilAsync(() => Task.FromResult(cluster.Controllers.Any(one => one.Leads)), "nobody leads");
        var begun = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(0, services), new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (n, stop) => await cluster.CreateAsync($"s{n}", stop));
        var created = Stopwatch.GetElapsedTime(begun);
        await cluster.UntilAsync(async () => (await cluster.AddressesAsync()).Count == services, "some Services never got an address", 60);
        var done = Stopwatch.GetElapsedTime(begun);
        var writes = await cluster.MetricAsync("metalsharp_controller_status_writes_total{result=\"written\"}");
        var conflicts = await cluster.MetricAsync("metalsharp_controller_status_writes_total{result=\"conflict\"}");
        output.WriteLine($"{services} Services created in {created.TotalSeconds:0.00} s; the last EXTERNAL-IP after {done.TotalSeconds:0.00} s; {writes} status writes, {conflicts} conflicts");
        Assert.Equal((services, 0), (writes, conflicts));
        Assert.Equal(services, (await cluster.AddressesAsync()).Values.Distinct().Count());
    }

    private static void Check(Dictionary<string, string> seen, Dictionary<string, string> now)
    {
        foreach (var (name, address) in seen)
            Assert.Equal((name, address), (name, now.GetValueOrDefault(name)));
        foreach (var (name, address) in now)
            seen[name] = address;
        Assert.Equal(seen.Count, seen.Values.Distinct().Count());
    }

    private static Task<string> ConditionAsync(ControllerCluster cluster, string service, string fields) => cluster.KubectlAsync(
        "get", "svc", service, "-o",
        "jsonpath={range .status.conditions[?(@.type==\"metalsharp.io/AddressAllocated\")]}" + fields + "{end}");
}
