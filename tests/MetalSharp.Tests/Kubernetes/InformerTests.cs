using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetalSharp.Tests.Kubernetes;

public sealed class InformerTests : IAsyncLifetime
{
    private static readonly TimeSpan LongestFirstWait = TimeSpan.FromSeconds(1.2);

    private readonly ManualTime _time = new();
    private readonly ScriptedServer _server = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _rings = new(0);
    private readonly KubernetesClient _client;
    private readonly Informer<V1Service> _informer;
    private Task _running = Task.CompletedTask;

    public InformerTests()
    {
        _client = new(new(_server.Address), _time);
        _informer = new(_client, ResourceKinds.Services, new() { LabelSelector = "a=b" }, () => _rings.Release(), _time, NullLogger.Instance);
    }

    public ValueTask InitializeAsync()
    {
        _running = _informer.RunAsync(_stop.Token);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(10));
        await _server.DisposeAsync();
        _client.Dispose();
        _stop.Dispose();
        _rings.Dispose();
    }

    [Fact]
    public async Task Lists_all_pages_replaces_the_store_in_one_step_and_watches_from_there()
    {
        var first = await _server.NextAsync();
        Assert.Equal("/api/v1/services", first.Path);
        Assert.Equal(("500", null, "a=b", null), (first.Query("limit"), first.Query("continue"), first.Query("labelSelector"), first.Query("resourceVersion")));
        await first.AnswerAsync(List(10, "t1", Service("one", 3)));

        var second = await _server.NextAsync();
        Assert.Equal(("500", "t1", "a=b"), (second.Query("limit"), second.Query("continue"), second.Query("labelSelector")));
        Assert.False(_informer.Store.HasSynced);
        Assert.Empty(_informer.Store.Objects);
        await second.AnswerAsync(List(10, "", Service("two", 4)));

        var watch = await _server.NextAsync();
        Assert.True(watch.IsWatch);
        Assert.Equal(("10", "true", "a=b"), (watch.Query("resourceVersion"), watch.Query("allowWatchBookmarks"), watch.Query("labelSelector")));
        Assert.InRange(int.Parse(watch.Query("timeoutSeconds")!), 300, 599);
        Assert.True(_informer.Store.HasSynced);
        Assert.Equal(["one@3", "two@4"], Stored());
        await RungAsync();
        Assert.Equal(0, _rings.CurrentCount);
    }

    [Fact]
    public async Task Applies_events_and_rings_once_for_each_change()
    {
        var watch = await SyncAsync(List(10, "", Service("one", 3)));
        await watch.SendAsync("ADDED", Service("two", 11));
        await RungAsync();
        Assert.Equal(["one@3", "two@11"], Stored());
        await watch.SendAsync("MODIFIED", Service("one", 12));
        await RungAsync();
        Assert.Equal(["one@12", "two@11"], Stored());
        await watch.SendAsync("DELETED", Service("two", 13));
        await RungAsync();
        Assert.Equal(["one@12"], Stored());
        Assert.Equal("13", _informer.Store.ResourceVersion);
        Assert.Equal(InformerState.Watching, _informer.State);
    }

    [Fact]
    public async Task An_event_in_pieces_is_one_event_and_two_in_one_piece_are_two()
    {
        var watch = await SyncAsync(List(10, ""));
        var line = $"{{\"object\":{Service("one", 11)},\"type\":\"ADDED\"}}\n";
        await watch.SendRawAsync(line[..40]);
        await watch.SendRawAsync(line[40..]);
        await RungAsync();
        await watch.SendRawAsync($"\n{line.Replace("one", "two").Replace("11", "12")}{line.Replace("one", "three").Replace("11", "13")}");
        await RungAsync(2);
        Assert.Equal(["one@11", "three@13", "two@12"], Stored());
    }

    [Fact]
    public async Task Events_that_come_twice_or_late_change_nothing()
    {
        var watch = await SyncAsync(List(10, "", Service("one", 3), Service("gone", 4)));
        await watch.SendAsync("MODIFIED", Service("one", 20));
        await watch.SendAsync("DELETED", Service("gone", 21));
        await RungAsync(2);
        await watch.SendAsync("MODIFIED", Service("one", 20));
        await watch.SendAsync("MODIFIED", Service("one", 15));
        await watch.SendAsync("MODIFIED", Service("gone", 16));
        await watch.SendAsync("DELETED", Service("one", 19));
        await watch.SendAsync("DELETED", Service("never", 19));
        await watch.SendAsync("ADDED", Service("last", 22));
        await RungAsync();
        Assert.Equal(["last@22", "one@20"], Stored());
        Assert.Equal(0, _rings.CurrentCount);
    }

    [Fact]
    public async Task A_deletion_with_the_version_of_the_last_change_deletes_and_takes_the_place_nowhere_back()
    {
        var watch = await SyncAsync(List(10, "", Service("one", 3)));
        await watch.SendAsync("DELETED", Service("one", 3));
        await RungAsync();
        Assert.Empty(_informer.Store.Objects);
        Assert.Equal("10", _informer.Store.ResourceVersion);
    }

    [Fact]
    public async Task A_bookmark_moves_the_place_to_go_on_from_and_rings_nobody()
    {
        var watch = await SyncAsync(List(10, "", Service("one", 3)));
        await watch.SendAsync("BOOKMARK", """{"kind":"Service","apiVersion":"v1","metadata":{"resourceVersion":"55","creationTimestamp":null}}""");
        await WatchedToAsync("55");
        _time.Advance(TimeSpan.FromMinutes(5));
        await watch.EndAsync();
        var next = await _server.NextAsync();
        Assert.True(next.IsWatch);
        Assert.Equal("55", next.Query("resourceVersion"));
        Assert.Equal(0, _rings.CurrentCount);
    }

    [Fact]
    public async Task A_watch_that_ends_is_asked_for_again_at_once()
    {
        var watch = await SyncAsync(List(10, "", Service("one", 3)));
        _time.Advance(TimeSpan.FromMinutes(5));
        await watch.EndAsync();
        Assert.Equal("10", (await _server.NextAsync()).Query("resourceVersion"));
    }

    [Fact]
    public async Task A_watch_that_ends_at_once_and_brought_nothing_is_not_hammered()
    {
        var watch = await SyncAsync(List(10, "", Service("one", 3)));
        await watch.EndAsync();
        await _time.TimerWithin(LongestFirstWait);
        Assert.Equal(InformerState.BackingOff, _informer.State);
        _time.Advance(LongestFirstWait);
        Assert.Equal("10", (await _server.NextAsync()).Query("resourceVersion"));
    }

    [Fact]
    public async Task A_place_that_is_refused_with_410_is_listed_again_at_once_and_deletions_meanwhile_are_seen()
    {
        await AnswerListAsync(List(10, "", Service("one", 3), Service("two", 4)));
        await (await _server.NextAsync()).RefuseAsync(410, "Expired", "too old resource version: 10 (40)");
        await AnswerListAsync(List(50, "", Service("two", 4), Service("three", 41)));
        var watch = await _server.NextAsync();
        Assert.Equal("50", watch.Query("resourceVersion"));
        Assert.Equal(["three@41", "two@4"], Stored());
        await RungAsync(2);
    }

    [Fact]
    public async Task A_410_inside_a_watch_lists_again_at_once()
    {
        var watch = await SyncAsync(List(10, "", Service("one", 3)));
        await watch.SendAsync("ERROR", Exchange.Refusal(410, "Expired", "too old resource version: 10 (40)"));
        await AnswerListAsync(List(50, ""));
        Assert.Equal("50", (await _server.NextAsync()).Query("resourceVersion"));
        Assert.Empty(_informer.Store.Objects);
        await RungAsync();
    }

    [Fact]
    public async Task A_list_that_differs_in_nothing_rings_nobody()
    {
        var watch = await SyncAsync(List(10, "", Service("one", 3)));
        var before = _informer.Store.Objects;
        await watch.SendAsync("ERROR", Exchange.Refusal(410, "Expired", "too old"));
        await AnswerListAsync(List(50, "", Service("one", 3)));
        await _server.NextAsync();
        Assert.Equal(0, _rings.CurrentCount);
        Assert.Same(before.Values.Single(), _informer.Store.Objects.Values.Single());
    }

    [Fact]
    public async Task A_server_that_forgets_every_place_is_not_hammered()
    {
        await AnswerListAsync(List(10, ""));
        await (await _server.NextAsync()).RefuseAsync(410, "Expired", "too old");
        await AnswerListAsync(List(11, ""));
        await (await _server.NextAsync()).RefuseAsync(410, "Expired", "too old");
        await _time.TimerWithin(LongestFirstWait);
        _time.Advance(LongestFirstWait);
        Assert.False((await _server.NextAsync()).IsWatch);
    }

    [Fact]
    public async Task A_410_between_two_pages_asks_for_everything_in_one_piece()
    {
        await AnswerListAsync(List(10, "t1", Service("one", 3)));
        await (await _server.NextAsync()).RefuseAsync(410, "Expired", "the continue token is too old");
        var whole = await _server.NextAsync();
        Assert.Equal((null, null), (whole.Query("limit"), whole.Query("continue")));
        Assert.Empty(_informer.Store.Objects);
        await whole.AnswerAsync(List(20, "", Service("two", 4)));
        Assert.Equal("20", (await _server.NextAsync()).Query("resourceVersion"));
        Assert.Equal(["two@4"], Stored());
    }

    [Fact]
    public async Task A_connection_that_breaks_inside_an_object_goes_on_from_the_last_whole_event()
    {
        var watch = await SyncAsync(List(10, ""));
        await watch.SendAsync("ADDED", Service("one", 11));
        await RungAsync();
        await watch.SendRawAsync($"{{\"type\":\"ADDED\",\"object\":{Service("two", 12)[..30]}");
        watch.Cut();
        await _time.TimerWithin(LongestFirstWait);
        Assert.Equal(["one@11"], Stored());
        _time.Advance(LongestFirstWait);
        var next = await _server.NextAsync();
        Assert.True(next.IsWatch);
        Assert.Equal("11", next.Query("resourceVersion"));
    }

    [Fact]
    public async Task An_answer_that_ends_inside_an_object_is_no_event()
    {
        var watch = await SyncAsync(List(10, ""));
        _time.Advance(TimeSpan.FromMinutes(1));
        await watch.SendRawAsync($"{{\"type\":\"ADDED\",\"object\":{Service("one", 11)}}}");
        await watch.EndAsync();
        await _time.TimerWithin(LongestFirstWait);
        Assert.Equal(InformerState.BackingOff, _informer.State);
        Assert.Empty(_informer.Store.Objects);
    }

    [Theory]
    [InlineData("""{"type":"ADDED","object":{"metadata":{"name":5}}}""")]
    [InlineData("""{"type":"ADDED","object":null}""")]
    [InlineData("""{"type":"ADDED"}""")]
    [InlineData("""{"type":"WHATEVER","object":{}}""")]
    [InlineData("""[1]""")]
    [InlineData("""not JSON""")]
    public async Task An_event_that_cannot_be_read_is_repaired_by_the_list(string line)
    {
        var watch = await SyncAsync(List(10, ""));
        await watch.SendRawAsync(line + "\n");
        await _time.TimerWithin(LongestFirstWait);
        _time.Advance(LongestFirstWait);
        await AnswerListAsync(List(12, "", Service("one", 11)));
        await _server.NextAsync();
        Assert.Equal(["one@11"], Stored());
        Assert.Equal(InformerState.BackingOff, _informer.State);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_noticed_when_the_watch_is_overdue()
    {
        var watch = await SyncAsync(List(10, "", Service("one", 3)));
        await WatchingAsync();
        var length = TimeSpan.FromSeconds(int.Parse(watch.Query("timeoutSeconds")!));
        _time.Advance(length + TimeSpan.FromSeconds(29));
        Assert.Equal(InformerState.Watching, _informer.State);
        _time.Advance(TimeSpan.FromSeconds(1));
        await _time.TimerWithin(LongestFirstWait);
        Assert.Equal(InformerState.BackingOff, _informer.State);
        Assert.Equal(["one@3"], Stored());
        _time.Advance(LongestFirstWait);
        Assert.Equal("10", (await _server.NextAsync()).Query("resourceVersion"));
    }

    [Fact]
    public async Task A_silent_server_is_noticed_before_it_grants_anything()
    {
        await _server.NextAsync();
        _time.Advance(TimeSpan.FromSeconds(30));
        await _time.TimerWithin(LongestFirstWait);
        Assert.Equal(InformerState.BackingOff, _informer.State);
        _time.Advance(LongestFirstWait);
        Assert.False((await _server.NextAsync()).IsWatch);
    }

    [Fact]
    public async Task While_the_API_is_away_the_store_stays_and_the_waits_grow_to_ten_seconds()
    {
        var watch = await SyncAsync(List(10, "", Service("one", 3)));
        watch.Cut();
        foreach (var expected in (double[])[0.8, 1.6, 3.2, 6.4, .. Enumerable.Repeat(20 / 3.0, 8)])
        {
            // A hair less, or the timeout of the request before would be taken for it.
            await _time.TimerWithin(TimeSpan.FromSeconds(expected * 1.5 - 0.001));
            Assert.InRange(_time.NextTimer!.Value.TotalSeconds, expected, expected * 1.5);
            Assert.Equal(InformerState.BackingOff, _informer.State);
            _time.Advance(_time.NextTimer.Value);
            (await _server.NextAsync()).Cut();
        }

        await _time.TimerWithin(TimeSpan.FromSeconds(9.999));
        Assert.Equal(["one@3"], Stored());
        Assert.Equal(0, _rings.CurrentCount);
        Assert.True(_informer.SinceContact > TimeSpan.FromSeconds(60));

        _time.Advance(TimeSpan.FromSeconds(10));
        var again = await _server.NextAsync();
        Assert.Equal("10", again.Query("resourceVersion"));
        await again.BeginAsync();
        await WatchingAsync();
        await again.SendAsync("DELETED", Service("one", 60));
        await RungAsync();
        Assert.Empty(_informer.Store.Objects);

        _time.Advance(TimeSpan.FromMinutes(2));
        again.Cut();
        await _time.TimerWithin(LongestFirstWait);
    }

    [Theory]
    [InlineData(403, "Forbidden", true)]
    [InlineData(500, "InternalError", true)]
    [InlineData(504, "Timeout", true)]
    [InlineData(429, "TooManyRequests", false)]
    [InlineData(503, "ServiceUnavailable", false)]
    public async Task A_refused_watch_is_tried_again_later_with_a_list_unless_the_server_is_only_busy(int status, string reason, bool lists)
    {
        await AnswerListAsync(List(10, "", Service("one", 3)));
        await (await _server.NextAsync()).RefuseAsync(status, reason, "no");
        await _time.TimerWithin(LongestFirstWait);
        _time.Advance(LongestFirstWait);
        Assert.Equal(lists, !(await _server.NextAsync()).IsWatch);
        Assert.Equal(["one@3"], Stored());
    }

    private static string Service(string name, int version) =>
        $$"""{"apiVersion":"v1","kind":"Service","metadata":{"namespace":"default","name":"{{name}}","resourceVersion":"{{version}}","uid":"u-{{name}}"},"spec":{"type":"LoadBalancer"} }""";

    private static string List(int version, string next, params string[] items) =>
        $$"""{"kind":"ServiceList","apiVersion":"v1","metadata":{"resourceVersion":"{{version}}","continue":"{{next}}"},"items":[{{string.Join(',', items)}}]}""";

    private IEnumerable<string> Stored() =>
        _informer.Store.Objects.Values.Select(item => $"{item.Metadata.Name}@{item.Metadata.ResourceVersion}").Order(StringComparer.Ordinal);

    private async Task AnswerListAsync(string list)
    {
        var request = await _server.NextAsync();
        Assert.False(request.IsWatch);
        await request.AnswerAsync(list);
    }

    private async Task<Exchange> SyncAsync(string list)
    {
        await AnswerListAsync(list);
        await RungAsync();
        var watch = await _server.NextAsync();
        await watch.BeginAsync();
        await WatchingAsync();
        return watch;
    }

    private async Task RungAsync(int times = 1)
    {
        for (var i = 0; i < times; i++)
            Assert.True(await _rings.WaitAsync(TimeSpan.FromSeconds(10)), "nobody rang");
    }

    private Task WatchingAsync() => Eventually.TrueAsync(() => _informer.State == InformerState.Watching);

    private Task WatchedToAsync(string version) => Eventually.TrueAsync(() => _informer.Store.ResourceVersion == version);
}
