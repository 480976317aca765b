using System.Text;
using System.Text.Json.Nodes;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetalSharp.Tests.Kubernetes;

public sealed class EventRecorderTests : IDisposable
{
    private const string Collection = "/apis/events.k8s.io/v1/namespaces/default/events";
    private static readonly V1ObjectReference Web = new() { ApiVersion = "v1", Kind = "Service", Namespace = "default", Name = "web", Uid = "u1", ResourceVersion = "7" };

    private readonly ManualTime _time = new();
    private readonly Simulation _simulation = new();
    private readonly MemoryApi _api = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly KubernetesClient _client;
    private readonly EventRecorder _recorder;
    private Task? _running;

    public EventRecorderTests()
    {
        _client = _api.CreateClient(_time);
        _recorder = new(_client, "example.io/controller", "controller-0", _time, NullLogger.Instance);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _simulation.RunUntilIdle();
        _simulation.Dispose();
        Assert.True(_running is null or { IsCompletedSuccessfully: true });
        _client.Dispose();
        _stop.Dispose();
        _api.Dispose();
    }

    [Fact]
    public void An_event_has_what_the_server_demands_and_nothing_that_it_refuses()
    {
        Start();
        _recorder.Record(Web, EventType.Normal, "IPAllocated", "Allocate", "Assigned IP 192.0.2.1");
        _simulation.RunUntilIdle();
        var (method, path, body) = Assert.Single(_api.Writes);
        Assert.Equal(("POST", Collection), (method, path));
        var nanoseconds = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        var name = $"web.{(_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100:x}";
        Assert.Equal(
            """
            {"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"NAME","namespace":"default"},"eventTime":"2026-11-20T08:00:00.000000Z",
            "reportingController":"example.io/controller","reportingInstance":"controller-0","action":"Allocate","reason":"IPAllocated",
            "regarding":{"apiVersion":"v1","kind":"Service","namespace":"default","name":"web","uid":"u1"},"note":"Assigned IP 192.0.2.1","type":"Normal"}
            """.Replace("\n", "").Replace("NAME", name),
            body);
    }

    [Fact]
    public void Repeats_become_a_series_on_one_event_that_is_written_at_most_every_half_minute()
    {
        Start();
        for (var i = 0; i < 100; i++)
        {
            Fail();
            _simulation.Advance(_time, TimeSpan.FromSeconds(1));
        }

        Assert.Single(_api.Paths);
        Assert.Equal(["POST", "PATCH", "PATCH", "PATCH", "PATCH"], _api.Writes.Select(write => write.Method));
        Assert.Equal("""{"series":{"count":2,"lastObservedTime":"2026-11-20T08:00:01.000000Z"}}""", _api.Writes[1].Body);
        _simulation.Advance(_time, TimeSpan.FromSeconds(31));
        Assert.Equal("""{"series":{"count":100,"lastObservedTime":"2026-11-20T08:01:39.000000Z"}}""", _api.Writes[^1].Body);
        var writes = _api.Writes.Count;
        _simulation.Advance(_time, TimeSpan.FromMinutes(5));
        Assert.Equal(writes, _api.Writes.Count);
    }

    [Fact]
    public void Different_notes_are_different_events_also_within_one_tick_of_the_clock()
    {
        Start();
        Record(Web, EventType.Normal, "to a");
        Record(Web, EventType.Normal, "to b");
        Assert.Equal(2, _api.Paths.Count());
    }

    [Fact]
    public void A_repeat_after_a_long_silence_is_a_new_event()
    {
        Start();
        Fail();
        _simulation.Advance(_time, TimeSpan.FromMinutes(6));
        Fail();
        Assert.Equal(["POST", "POST"], _api.Writes.Select(write => write.Method));
    }

    [Fact]
    public void A_series_whose_event_the_server_forgot_goes_on_as_a_new_event()
    {
        Start();
        Fail();
        _api.Delete(_api.Paths.Single());
        _simulation.Advance(_time, TimeSpan.FromSeconds(1));
        Fail();
        var written = _api.Find(_api.Paths.Single())!;
        Assert.Equal(2, (int)written["series"]!["count"]!);
        _simulation.Advance(_time, TimeSpan.FromSeconds(31));
        Fail();
        Assert.Equal(3, (int)_api.Find(_api.Paths.Single())!["series"]!["count"]!);
    }

    [Fact]
    public void While_the_server_is_away_events_wait_and_the_oldest_are_dropped_and_counted()
    {
        Start();
        _api.Network = (_, _, _) => throw new HttpRequestException("connection refused");
        for (var i = 0; i < 1_100; i++)
            Record(Web, EventType.Normal, $"to {i}");
        Assert.Equal(1_100 - 1 - 1_024, _recorder.Dropped);
        _simulation.Advance(_time, TimeSpan.FromSeconds(20));
        _api.Network = (_, serve, _) => Task.FromResult(serve());
        _simulation.Advance(_time, TimeSpan.FromSeconds(10));
        Assert.Equal(1_025, _api.Paths.Count());
        Assert.Contains("to 1099", _api.Writes[^1].Body);
    }

    [Fact]
    public void An_event_is_given_up_after_ten_attempts_and_the_next_one_is_tried()
    {
        Start();
        var attempts = 0;
        _api.Network = (_, _, _) =>
        {
            attempts++;
            throw new HttpRequestException("connection refused");
        };
        Fail();
        _simulation.Advance(_time, TimeSpan.FromMinutes(5));
        Assert.Equal(10, attempts);
        Assert.Equal(1, _recorder.Dropped);
        _api.Network = (_, serve, _) => Task.FromResult(serve());
        Fail();
        Assert.Single(_api.Paths);
    }

    [Fact]
    public void A_refused_event_is_not_tried_again()
    {
        Start();
        _api.Network = (_, _, _) => Task.FromResult(MemoryApi.Answer(403, Exchange.Refusal(403, "Forbidden", "no")));
        Fail();
        _simulation.Advance(_time, TimeSpan.FromMinutes(5));
        Assert.Equal(1, _api.Requests);
        Assert.Equal(1, _recorder.Dropped);
    }

    [Fact]
    public void An_event_whose_answer_was_lost_is_written_once()
    {
        Start();
        _api.Network = (_, serve, _) =>
        {
            serve();
            _api.Network = (_, next, _) => Task.FromResult(next());
            throw new HttpRequestException("the connection broke");
        };
        Fail();
        _simulation.Advance(_time, TimeSpan.FromSeconds(1));
        Fail();
        Assert.Single(_api.Paths);
        Assert.Equal(["POST", "POST", "PATCH"], _api.Writes.Select(write => write.Method));
    }

    [Fact]
    public void Recording_before_the_loop_runs_waits_for_nothing()
    {
        Fail();
        Assert.Empty(_api.Writes);
        Start();
        Assert.Single(_api.Writes);
    }

    [Fact]
    public void Notes_are_cut_to_a_kilobyte_between_two_characters_and_names_to_what_fits()
    {
        Start();
        Record(Web with { Name = new string('n', 253) }, EventType.Warning, "x" + string.Concat(Enumerable.Repeat("é😀", 400)));
        var written = JsonNode.Parse(_api.Writes.Single().Body)!;
        var note = (string)written["note"]!;
        Assert.InRange(Encoding.UTF8.GetByteCount(note), 1_018, 1_024);
        Assert.DoesNotContain('\uFFFD', note);
        Assert.EndsWith("...", note);
        Assert.InRange(((string)written["metadata"]!["name"]!).Length, 250, 253);
    }

    [Fact]
    public void Events_about_objects_of_no_namespace_go_to_the_default_one()
    {
        Start();
        Record(new() { Kind = "Node", Name = "n1" }, EventType.Warning, "note");
        Assert.Equal(Collection, _api.Writes.Single().Path);
    }

    private void Start()
    {
        _running = _recorder.RunAsync(_stop.Token);
        _simulation.RunUntilIdle();
    }

    private void Record(V1ObjectReference regarding, EventType type, string note)
    {
        _recorder.Record(regarding, type, "Moved", "Announce", note);
        _simulation.RunUntilIdle();
    }

    private void Fail() => Record(Web, EventType.Warning, "no pool has a free address");
}
