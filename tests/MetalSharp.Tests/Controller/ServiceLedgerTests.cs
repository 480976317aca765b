using MetalSharp.Allocation;
using MetalSharp.Configuration;
using MetalSharp.Controller;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Net;
using MetalSharp.Resources;

namespace MetalSharp.Tests.Controller;

public sealed class ServiceLedgerTests
{
    private static readonly LoadBalancerConfiguration Four = Pools(("lab", "10.0.0.0-10.0.0.3"));

    private readonly FakeServices _api = new();
    private Instant _now = new(TimeSpan.FromMinutes(1));

    [Fact]
    public void A_new_service_gets_an_address_with_one_write_and_one_event()
    {
        _api.Create("web");
        _api.Settle(Ledger(Four), _now);
        Assert.Equal("10.0.0.0", _api.AddressOf("web"));
        Assert.Equal(("True", "Allocated", "10.0.0.0 from pool lab"), Condition("web"));
        Assert.Equal(new ServiceEvent(EventType.Normal, "IPAllocated", "Allocate", "Assigned IP [\"10.0.0.0\"]"), Assert.Single(Assert.Single(_api.Writes).Events()));
    }

    [Fact]
    public void A_service_that_gets_nothing_says_why_once()
    {
        var ledger = Ledger(Pools(("lab", "10.0.0.0-10.0.0.0")));
        _api.Create("a");
        _api.Create("b");
        _api.Settle(ledger, _now);
        Assert.Equal(("False", "PoolExhausted", "pool lab: 1 of 1 in use"), Condition("b"));
        var failed = Assert.Single(_api.Writes, change => change.Basis.Metadata.Name == "b");
        Assert.Equal(
            new ServiceEvent(EventType.Warning, "AllocationFailed", "Allocate", "Failed to allocate IP for \"default/b\": pool lab: 1 of 1 in use"),
            Assert.Single(failed.Events()));

        _api.Change("b", service => service with { Metadata = service.Metadata with { Labels = new Dictionary<string, string> { ["x"] = "y" } } });
        _api.Settle(ledger, _now);
        Assert.Equal(2, _api.Writes.Count);
    }

    [Fact]
    public void A_waiting_service_gets_the_address_of_a_deleted_one_at_once()
    {
        var ledger = Ledger(Pools(("lab", "10.0.0.0-10.0.0.0")));
        _api.Create("a");
        _api.Settle(ledger, _now);
        _api.Create("c");
        _api.Create("b");
        _api.Settle(ledger, _now);
        _api.Delete("a");
        _api.Settle(ledger, _now);
        Assert.Equal("10.0.0.0", _api.AddressOf("c"));
        Assert.Equal("PoolExhausted", Condition("b").Reason);
    }

    [Fact]
    public void A_deletion_is_told_with_the_address_that_is_free_again()
    {
        var ledger = Ledger(Four);
        _api.Create("a");
        _api.Settle(ledger, _now);
        _api.Delete("a");
        _api.CatchUp();
        Assert.Equal([(new("default", "a"), InetAddress.Parse("10.0.0.0"))], ledger.See(_api.SeenVersion, _api.Seen, _now));
        Assert.Empty(ledger.Decide(_now));
        Assert.Null(ledger.Find(new("default", "a")));
    }

    [Fact]
    public void A_type_change_clears_what_was_ours_and_frees_the_address_for_who_waits()
    {
        var ledger = Ledger(Pools(("lab", "10.0.0.0-10.0.0.0")));
        _api.Create("a");
        _api.Create("b");
        _api.Settle(ledger, _now);
        _api.Change("a", service => service with { Spec = service.Spec! with { Type = "NodePort" } });
        _api.Settle(ledger, _now);
        Assert.Null(_api.AddressOf("a"));
        Assert.Null(_api.ConditionOf("a"));
        Assert.Equal("10.0.0.0", _api.AddressOf("b"));
    }

    [Fact]
    public void Conditions_of_others_are_kept()
    {
        _api.Create("a");
        _api.Change("a", service => service with
        {
            Status = new() { Conditions = [new() { Type = "example.com/Other", Status = "True", Reason = "R", Message = "m", ObservedGeneration = 3, LastTransitionTime = DateTimeOffset.UnixEpoch }] },
        });
        var ledger = Ledger(Four);
        _api.Settle(ledger, _now);
        Assert.Equal(["example.com/Other", DesiredStatus.ConditionType], _api["a"].Status!.Conditions!.Select(condition => condition.Type));
        Assert.Equal((3, DateTimeOffset.UnixEpoch), (_api["a"].Status!.Conditions![0].ObservedGeneration, _api["a"].Status!.Conditions![0].LastTransitionTime));
        _api.Change("a", service => service with { Spec = service.Spec! with { Type = "ClusterIP" } });
        _api.Settle(ledger, _now);
        Assert.Equal("example.com/Other", Assert.Single(_api["a"].Status!.Conditions!).Type);
    }

    [Fact]
    public void The_time_of_the_condition_moves_only_when_its_status_turns()
    {
        var ledger = Ledger(Pools(("lab", "10.0.0.0-10.0.0.0")));
        _api.Create("a");
        _api.Create("b");
        _api.Settle(ledger, _now);
        var since = _api.ConditionOf("b")!.LastTransitionTime;
        Configure(ledger, Pools(("test", "10.0.0.0-10.0.0.0")));
        _api.Settle(ledger, _now);
        Assert.Equal("pool test: 1 of 1 in use", Condition("b").Message);
        Assert.Equal(since, _api.ConditionOf("b")!.LastTransitionTime);
        _api.Delete("a");
        _api.Settle(ledger, _now);
        Assert.Equal("True", Condition("b").Status);
        Assert.NotEqual(since, _api.ConditionOf("b")!.LastTransitionTime);
    }

    [Fact]
    public void The_condition_follows_the_generation_of_the_service()
    {
        _api.Create("a");
        var ledger = Ledger(Four);
        _api.Settle(ledger, _now);
        Assert.Null(_api.ConditionOf("a")!.ObservedGeneration);
        _api.Change("a", service => service with { Metadata = service.Metadata with { Generation = 7 } });
        _api.Settle(ledger, _now);
        Assert.Equal(7, _api.ConditionOf("a")!.ObservedGeneration);
        Assert.Empty(_api.Writes[^1].Events());
    }

    [Fact]
    public void A_watch_that_lags_behind_a_write_leads_to_nothing()
    {
        var ledger = Ledger(Four);
        _api.Create("a");
        _api.CatchUp();
        ledger.See(_api.SeenVersion, _api.Seen, _now);
        var change = ledger.ChangeOf(Assert.Single(ledger.Decide(_now)))!;
        ledger.See(_api.TryWrite(change)!);
        // The watch shows the object of before the write again, in a new store.
        ledger.See(_api.SeenVersion, _api.Seen.Add(new("default", "x"), _api["a"] with { Metadata = new() { Name = "x", Namespace = "default", ResourceVersion = "99" } }), _now);
        Assert.All(ledger.Decide(_now), key => Assert.Null(ledger.ChangeOf(key)));
        Assert.Single(_api.Writes);
    }

    [Fact]
    public void An_address_stays_promised_however_often_its_write_fails()
    {
        var ledger = Ledger(Four);
        _api.Create("a");
        _api.Create("b");
        _api.CatchUp();
        ledger.See(_api.SeenVersion, _api.Seen, _now);
        Assert.Equal(2, ledger.Decide(_now).Count);
        // Nothing was written. Meanwhile the Services change, and a third comes.
        foreach (var name in new[] { "a", "b" })
            _api.Change(name, service => service with { Metadata = service.Metadata with { Labels = new Dictionary<string, string>() } });
        _api.Create("c");
        _now += TimeSpan.FromMinutes(10);
        _api.Settle(ledger, _now);
        Assert.Equal(["10.0.0.0", "10.0.0.1", "10.0.0.2"], new[] { "a", "b", "c" }.Select(_api.AddressOf));
    }

    [Fact]
    public void A_write_whose_answer_was_lost_is_found_in_the_watch()
    {
        var ledger = Ledger(Four);
        _api.Create("a");
        _api.CatchUp();
        ledger.See(_api.SeenVersion, _api.Seen, _now);
        _api.TryWrite(ledger.ChangeOf(Assert.Single(ledger.Decide(_now)))!);
        _api.Settle(ledger, _now);
        Assert.Single(_api.Writes);
        Assert.Equal("10.0.0.0", _api.AddressOf("a"));
    }

    [Fact]
    public void A_conflict_is_decided_again_on_the_fresh_object()
    {
        var ledger = Ledger(Four);
        _api.Create("a");
        _api.CatchUp();
        ledger.See(_api.SeenVersion, _api.Seen, _now);
        var change = ledger.ChangeOf(Assert.Single(ledger.Decide(_now)))!;
        var fresh = _api.Change("a", service => service with { Spec = service.Spec! with { LoadBalancerIP = "10.0.0.3" } });
        Assert.Null(_api.TryWrite(change));
        ledger.See(fresh);
        _api.TryWrite(ledger.ChangeOf(Assert.Single(ledger.Decide(_now)))!);
        Assert.Equal("10.0.0.3", _api.AddressOf("a"));
        Assert.Equal("IPAllocated", Assert.Single(_api.Writes[^1].Events()).Reason);
    }

    [Fact]
    public void Before_anything_new_is_given_out_everything_in_the_list_is_claimed()
    {
        _api.Create("new");
        _api.Create("old");
        Show("old", "10.0.0.0");
        // The watch does not know "old" yet; the list does.
        var ledger = Ledger(Four);
        ledger.See("1", _api.Seen.Add(new("default", "new"), _api["new"]), _now);
        ledger.Decide(_now);
        Assert.Equal("10.0.0.0", ledger.Find(new("default", "old"))?.Address.ToString());
        Assert.Equal("10.0.0.1", ledger.Find(new("default", "new"))?.Address.ToString());
    }

    [Fact]
    public void What_the_list_no_longer_has_is_not_believed_of_a_watch_that_lags()
    {
        _api.Create("gone");
        _api.CatchUp();
        var stale = _api.Seen;
        _api.Delete("gone");
        var ledger = Ledger(Four);
        ledger.See("101", stale, _now);
        ledger.Decide(_now);
        Assert.Null(ledger.Find(new("default", "gone")));
    }

    [Fact]
    public void Of_two_services_with_one_address_in_their_status_the_older_keeps_it()
    {
        _api.Create("old");
        _api.Create("young");
        Show("young", "10.0.0.2");
        Show("old", "10.0.0.2");
        _api.Settle(Ledger(Four), _now);
        Assert.Equal("10.0.0.2", _api.AddressOf("old"));
        Assert.Equal("10.0.0.0", _api.AddressOf("young"));
        var change = Assert.Single(_api.Writes, change => change.Basis.Metadata.Name == "young");
        Assert.Equal(
            ["IP \"10.0.0.2\" of \"default/young\" is released: 10.0.0.2 is in use by default/old", "Assigned IP [\"10.0.0.0\"]"],
            change.Events().Select(happened => happened.Note));
    }

    [Fact]
    public void A_service_that_takes_the_name_of_a_deleted_one_starts_anew()
    {
        var ledger = Ledger(Four);
        _api.Create("a");
        _api.Settle(ledger, _now);
        _api.Delete("a");
        _api.Create("a", annotations: ("metallb.io/loadBalancerIPs", "10.0.0.3"));
        _api.Settle(ledger, _now);
        Assert.Equal("10.0.0.3", _api.AddressOf("a"));
        Assert.Equal("IPAllocated", Assert.Single(_api.Writes[^1].Events()).Reason);
        _api.Create("b");
        _api.Settle(ledger, _now);
        Assert.Equal("10.0.0.1", _api.AddressOf("b"));
    }

    [Fact]
    public void A_service_that_is_being_deleted_keeps_its_address_and_gets_none()
    {
        var ledger = Ledger(Four);
        _api.Create("a");
        _api.Settle(ledger, _now);
        _api.Change("a", service => service with { Metadata = service.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } });
        _api.Create("b");
        _api.Change("b", service => service with { Metadata = service.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch } });
        _api.Create("c");
        _api.Settle(ledger, _now);
        Assert.Equal(["10.0.0.0", null, "10.0.0.1"], new[] { "a", "b", "c" }.Select(_api.AddressOf));
    }

    [Fact]
    public void Without_a_configuration_addresses_stay_and_the_others_are_told_why_they_wait()
    {
        _api.Create("has");
        Show("has", "10.9.9.9");
        _api.Create("waits");
        var ledger = new ServiceLedger(new(null), _api.List());
        ledger.Configure(null, "there is no ConfigMap ns/config", _now);
        _api.Settle(ledger, _now);
        Assert.Equal("10.9.9.9", _api.AddressOf("has"));
        Assert.Null(_api.ConditionOf("has"));
        Assert.Equal(("False", "NoConfiguration", "there is no ConfigMap ns/config"), Condition("waits"));
        Configure(ledger, Pools(("lab", "10.9.9.9-10.9.9.12")));
        _api.Settle(ledger, _now);
        Assert.Equal(["10.9.9.9", "10.9.9.10"], new[] { "has", "waits" }.Select(_api.AddressOf));
    }

    [Fact]
    public void Services_of_another_class_are_left_alone_whatever_they_show()
    {
        _api.Create("other", new() { Type = "LoadBalancer", ClusterIP = "10.96.0.1", LoadBalancerClass = "example.com/x" });
        _api.Change("other", service => service with
        {
            Status = new()
            {
                LoadBalancer = new() { Ingress = [new() { Ip = "10.0.0.2" }] },
                Conditions = [new() { Type = DesiredStatus.ConditionType, Status = "True" }],
            },
        });
        _api.Create("plain");
        _api.Settle(Ledger(Four), _now);
        Assert.Equal("plain", Assert.Single(_api.Writes).Basis.Metadata.Name);
        var ofClass = new ServiceLedger(new("example.com/x"), _api.List());
        ofClass.Configure(Four, "", _now);
        _api.Settle(ofClass, _now);
        Assert.Equal("other", _api.Writes[^1].Basis.Metadata.Name);
        Assert.Equal("10.0.0.2", _api.AddressOf("other"));
    }

    [Fact]
    public void A_status_that_a_stranger_left_on_a_service_of_another_type_stays()
    {
        _api.Create("other", new() { Type = "ClusterIP", ClusterIP = "10.96.0.1" });
        Show("other", "172.16.0.1");
        _api.Settle(Ledger(Four), _now);
        Assert.Empty(_api.Writes);
    }

    [Fact]
    public void Reasons_are_counted_as_they_are()
    {
        var ledger = Ledger(Pools(("lab", "10.0.0.0-10.0.0.0")));
        _api.Create("a");
        _api.Create("b");
        _api.Create("c", new() { Type = "LoadBalancer", ClusterIP = "None" });
        _api.Settle(ledger, _now);
        Assert.Equal((1, 1, 1), (ledger.Reasons[AllocationReason.Allocated], ledger.Reasons[AllocationReason.PoolExhausted], ledger.Reasons[AllocationReason.NoClusterIP]));
        _api.Delete("a");
        _api.Delete("c");
        _api.Settle(ledger, _now);
        Assert.Equal((1, 0, 0), (ledger.Reasons[AllocationReason.Allocated], ledger.Reasons[AllocationReason.PoolExhausted], ledger.Reasons[AllocationReason.NoClusterIP]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(0)]
    public void Whatever_happens_no_address_is_shown_twice_and_none_changes_without_cause(int given)
    {
        var seed = given == 0 ? Environment.TickCount : given;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var ledger = Ledger(Pools(("lab", "10.0.0.0-10.0.0.19")));
        for (var step = 0; step < 1500; step++)
        {
            _now += TimeSpan.FromSeconds(random.Next(5));
            var before = Shown();
            var name = $"s{random.Next(30)}";
            var exists = before.ContainsKey(name);
            switch (random.Next(12))
            {
                case 0 or 1 or 2 when !exists:
                    _api.Create(name);
                    break;
                case 0 when exists:
                    _api.Delete(name);
                    break;
                case 1 when exists:
                    _api.Change(name, service => service with { Metadata = service.Metadata with { Labels = new Dictionary<string, string>() } });
                    break;
                case 2:
                    // Killed, or no leader any more: the next one knows only what the API shows.
                    ledger = Ledger(Pools(("lab", "10.0.0.0-10.0.0.19")));
                    break;
                case 3 or 4:
                    _api.CatchUp();
                    break;
                case 5 or 6:
                    ledger.See(_api.SeenVersion, _api.Seen, _now);
                    break;
                default:
                    foreach (var change in ledger.Decide(_now).Concat(AllKeys()).Distinct().Select(ledger.ChangeOf).OfType<StatusChange>().ToArray())
                    {
                        // Some writes fail, some are done and their answer is lost.
                        if (random.Next(4) > 0 && _api.TryWrite(change) is { } written && random.Next(4) > 0)
                            ledger.See(written);
                    }

                    break;
            }

            var after = Shown();
            Assert.Equal(after.Values.OfType<string>().Distinct().Count(), after.Values.OfType<string>().Count());
            foreach (var (service, address) in before)
                Assert.True(address is null || !after.TryGetValue(service, out var now) || now == address || service == name, $"step {step}: {service}");
        }

        Assert.True(_api.Writes.Count > 100);
    }

    private IEnumerable<ServiceKey> AllKeys() => _api.List().Items.Select(ServiceReader.Key);

    private Dictionary<string, string?> Shown() => _api.List().Items.ToDictionary(service => service.Metadata.Name!, service => _api.AddressOf(service.Metadata.Name!));

    private (string? Status, string? Reason, string? Message) Condition(string name) =>
        (_api.ConditionOf(name)?.Status, _api.ConditionOf(name)?.Reason, _api.ConditionOf(name)?.Message);

    private void Show(string name, string address) =>
        _api.Change(name, service => service with { Status = new() { LoadBalancer = new() { Ingress = [new() { Ip = address }] } } });

    private ServiceLedger Ledger(LoadBalancerConfiguration configuration)
    {
        var ledger = new ServiceLedger(new(loadBalancerClass: null), _api.List());
        Configure(ledger, configuration);
        return ledger;
    }

    private void Configure(ServiceLedger ledger, LoadBalancerConfiguration configuration) => ledger.Configure(configuration, "", _now);

    private static LoadBalancerConfiguration Pools(params (string Name, string Range)[] pools) => new()
    {
        Pools =
        [
            .. pools.Select(pool => new AddressPool(new(pool.Name))
            {
                Addresses = [new(InetAddress.Parse(pool.Range.Split('-')[0]), InetAddress.Parse(pool.Range.Split('-')[1]))],
            }),
        ],
    };
}
