using MetalSharp.Allocation;
using MetalSharp.Configuration;
using MetalSharp.Controller;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Net;

namespace MetalSharp.Tests.Controller;

public sealed class ConfigurationInForceTests
{
    private static readonly LostAddress Loss = new(new("default", "web"), InetAddress.Parse("10.0.0.1"), ReleaseReason.AddressNotInPool, "10.0.0.1 is in no pool");

    private readonly ConfigurationInForce _configuration = new("ns/config");
    private IReadOnlyList<LostAddress> _lost = [];

    [Fact]
    public void A_valid_configuration_comes_into_force_and_is_news_once()
    {
        var map = Map("a");
        Assert.IsType<ConfigurationNews.Loaded>(Look(map));
        Assert.Null(Look(map));
        Assert.Null(Look(Map("a")));
        Assert.Equal("a", Assert.Single(_configuration.Current!.Pools).Name.Value);
    }

    [Fact]
    public void A_missing_map_leaves_the_last_good_one_in_force()
    {
        Assert.IsType<ConfigurationNews.Missing>(Look(null));
        Assert.Equal("there is no ConfigMap ns/config", _configuration.WhyNone);
        Assert.IsType<ConfigurationNews.Loaded>(Look(Map("a")));
        Assert.IsType<ConfigurationNews.Missing>(Look(null));
        Assert.Null(Look(null));
        Assert.NotNull(_configuration.Current);
        Assert.False(_configuration.IsStale);
        Assert.IsType<ConfigurationNews.Loaded>(Look(Map("a")));
    }

    [Fact]
    public void An_invalid_map_leaves_the_last_good_one_in_force_and_is_stale()
    {
        Assert.IsType<ConfigurationNews.Invalid>(Look(Text("nonsense: 1\nmore: 2")));
        Assert.Null(_configuration.Current);
        Assert.StartsWith("the ConfigMap ns/config is not valid: 1:1: ", _configuration.WhyNone, StringComparison.Ordinal);
        Assert.EndsWith("(and 1 more)", _configuration.WhyNone, StringComparison.Ordinal);
        Assert.True(_configuration.IsStale);
        Look(Map("a"));
        Assert.False(_configuration.IsStale);
        Assert.IsType<ConfigurationNews.Invalid>(Look(Text("nonsense: 1")));
        Assert.Equal("a", Assert.Single(_configuration.Current!.Pools).Name.Value);
    }

    [Fact]
    public void A_change_that_takes_addresses_away_waits_until_it_does_not()
    {
        Look(Map("a"));
        _lost = [Loss];
        var next = Map("b");
        Assert.Equal([Loss], Assert.IsType<ConfigurationNews.Refused>(Look(next)).Lost);
        Assert.True(_configuration.IsStale);
        Assert.Null(Look(next));
        _lost = [];
        Assert.IsType<ConfigurationNews.Loaded>(Look(next));
        Assert.Equal("b", Assert.Single(_configuration.Current!.Pools).Name.Value);
    }

    [Fact]
    public void A_refused_change_that_was_taken_back_is_forgotten()
    {
        Look(Map("a"));
        _lost = [Loss];
        Look(Map("b"));
        _lost = [];
        Assert.IsType<ConfigurationNews.Loaded>(Look(Map("a")));
        Assert.Equal("a", Assert.Single(_configuration.Current!.Pools).Name.Value);
        Assert.False(_configuration.IsStale);
    }

    [Fact]
    public void The_first_configuration_is_taken_whatever_the_services_show()
    {
        _lost = [Loss];
        Assert.IsType<ConfigurationNews.Loaded>(Look(Map("a")));
    }

    [Fact]
    public void Notes_hold_every_error_and_none_is_longer_than_an_event_may_be()
    {
        var errors = Enumerable.Range(1, 60).Select(n => new ConfigurationError("ns/config", n, 3, "a[1]", $"error number {n}") { Fault = ConfigurationFault.Missing });
        var notes = ConfigurationNotes.Of(new ConfigurationNews.Invalid([.. errors]));
        Assert.All(notes, note => Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(note), 1, 1024));
        Assert.All(Enumerable.Range(1, 60), n => Assert.Contains(notes, note => $"{note};".Contains($"line {n}, column 3: a[1]: error number {n};", StringComparison.Ordinal)));
        Assert.StartsWith($"the last good configuration stays in force, 60 errors (1/{notes.Count}): line 1, ", notes[0], StringComparison.Ordinal);
        Assert.Equal(
            ["the last good configuration stays in force, 1 Service would lose its IP: default/web: 10.0.0.1 is in no pool"],
            ConfigurationNotes.Of(new ConfigurationNews.Refused([Loss])));
        Assert.Empty(ConfigurationNotes.Of(new ConfigurationNews.Loaded()));
    }

    private ConfigurationNews? Look(V1ConfigMap? map) => _configuration.Look(map, _ => _lost);

    private static V1ConfigMap Map(string pool) => Text($"address-pools:\n- name: {pool}\n  protocol: layer2\n  addresses: [10.0.0.0/30]");

    private static V1ConfigMap Text(string text) => new() { Data = new Dictionary<string, string> { ["config"] = text } };
}
