using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Web;
using MetalSharp.Kubernetes;

namespace MetalSharp.Tests.Kubernetes;

/// <summary>
/// An API server in memory that answers on the caller's thread, so that a test with a manual clock is a simulation: everything that can
/// happen has happened when Advance returns. It knows get, list in pages, watch, create, update, merge patch, and forgets on request.
/// </summary>
internal sealed class MemoryApi : HttpMessageHandler
{
    private readonly SortedDictionary<string, JsonObject> _objects = new(StringComparer.Ordinal);
    private readonly List<(int Version, string Type, JsonObject Item)> _history = [];
    private readonly Dictionary<int, List<string>> _pages = [];
    private readonly List<WatchBody> _watches = [];
    private int _forgotten;

    public int Version { get; private set; } = 1;

    public int Requests { get; private set; }

    public List<(string Method, string Path, string Body)> Writes { get; } = [];

    /// <summary>Stands between the clients and the server: it may delay, refuse, lose the request, or lose the answer.</summary>
    public Func<HttpRequestMessage, Func<HttpResponseMessage>, CancellationToken, Task<HttpResponseMessage>> Network { get; set; } =
        (_, serve, _) => Task.FromResult(serve());

    /// <summary>What every object looked like at every version: path to resource version.</summary>
    public Dictionary<int, Dictionary<string, int>> States { get; } = new() { [1] = [] };

    /// <summary>Off while many objects are put in that nobody has seen yet: each state is a copy.</summary>
    public bool KeepsStates { get; set; } = true;

    public IReadOnlyList<WatchBody> Watches => _watches;

    public IEnumerable<string> Paths => _objects.Keys;

    public JsonObject? Find(string path) => _objects.GetValueOrDefault(path);

    public KubernetesClient CreateClient(TimeProvider time) => new(new(new("http://memory")), time, "test", this);

    public void Put(string path, JsonObject item)
    {
        var isNew = !_objects.ContainsKey(path);
        _objects[path] = Stamped(item, path);
        Happened(isNew ? "ADDED" : "MODIFIED", _objects[path]);
    }

    public void Delete(string path)
    {
        if (!_objects.Remove(path, out var item))
            return;
        Happened("DELETED", Stamped(item.DeepClone().AsObject(), path));
    }

    /// <summary>Compacts: places and pages from before now are gone.</summary>
    public void Forget()
    {
        _forgotten = Version;
        _history.Clear();
        _pages.Clear();
    }

    public void Bookmark(WatchBody watch) =>
        watch.Send($$"""{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"{{Version}}"} } }""" + "\n");

    /// <summary>An event once more, as a faulty proxy or a watch cache might send it.</summary>
    public void Repeat(WatchBody watch, int index)
    {
        if (_history.Count > 0 && _history[index % _history.Count] is var (version, _, _) && version > _forgotten && version <= watch.Sent)
            watch.Send(Line(_history[index % _history.Count]));
    }

    public void End(WatchBody watch, bool inside)
    {
        _watches.Remove(watch);
        if (inside)
            watch.Send("{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"na");
        watch.End();
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests++;
        return Network(request, () => Serve(request), cancellationToken);
    }

    private HttpResponseMessage Serve(HttpRequestMessage request)
    {
        var path = request.RequestUri!.AbsolutePath;
        var query = HttpUtility.ParseQueryString(request.RequestUri.Query);
        var body = "";
        if (request.Content is { } content)
        {
            using var reader = new StreamReader(content.ReadAsStream());
            body = reader.ReadToEnd();
            Writes.Add((request.Method.Method, path, body));
        }

        var isCollection = path.Split('/')[^1] is "services" or "leases" or "events";
        return request.Method.Method switch
        {
            "GET" when query["watch"] == "true" => Watch(path, int.Parse(query["resourceVersion"]!, CultureInfo.InvariantCulture)),
            "GET" when isCollection => List(path, query["limit"], query["continue"]),
            "GET" => _objects.TryGetValue(path, out var found) ? Answer(200, found.ToJsonString()) : NotFound(),
            "POST" => Create(path, body),
            "PUT" => Update(path, body),
            "PATCH" => Merge(path, body),
            _ => throw new NotSupportedException(request.Method.Method),
        };
    }

    private HttpResponseMessage List(string path, string? limit, string? next)
    {
        var (version, keys, from) = (Version, _objects.Keys.Where(key => key.StartsWith(path, StringComparison.Ordinal)).ToList(), 0);
        if (next is not null)
        {
            var token = next.Split('-');
            (version, from) = (int.Parse(token[0], CultureInfo.InvariantCulture), int.Parse(token[1], CultureInfo.InvariantCulture));
            if (!_pages.ContainsKey(version))
                return Gone();
        }

        // A page shows the state at the version of the first one; these pages hold what they show.
        var items = next is null ? keys.Select(key => _objects[key].ToJsonString()).ToList() : _pages[version];
        var to = limit is null ? items.Count : Math.Min(items.Count, from + int.Parse(limit, CultureInfo.InvariantCulture));
        if (to < items.Count)
            _pages[version] = items;
        var more = to < items.Count ? $"{version}-{to}" : "";
        return Answer(
            200, $$"""{"metadata":{"resourceVersion":"{{version}}","continue":"{{more}}"},"items":[{{string.Join(',', items[from..to])}}]}""");
    }

    private HttpResponseMessage Watch(string path, int version)
    {
        if (version < _forgotten)
            return Gone();
        var watch = new WatchBody(path) { Sent = version };
        _watches.Add(watch);
        foreach (var happened in _history.Where(happened => happened.Version > version))
            SendTo(watch, happened);
        return new(HttpStatusCode.OK) { Content = new StreamContent(watch) };
    }

    private HttpResponseMessage Create(string collection, string body)
    {
        var item = JsonNode.Parse(body)!.AsObject();
        var path = $"{collection}/{item["metadata"]!["name"]}";
        if (_objects.ContainsKey(path))
            return Answer(409, Exchange.Refusal(409, "AlreadyExists", "already exists"));
        Put(path, item);
        return Answer(201, _objects[path].ToJsonString());
    }

    private HttpResponseMessage Update(string path, string body)
    {
        if (!_objects.TryGetValue(path, out var current))
            return NotFound();
        var item = JsonNode.Parse(body)!.AsObject();
        if ((string?)item["metadata"]!["resourceVersion"] is { } wanted && wanted != (string?)current["metadata"]!["resourceVersion"])
            return Answer(409, Exchange.Refusal(409, "Conflict", "the object has been modified"));
        Put(path, item);
        return Answer(200, _objects[path].ToJsonString());
    }

    private HttpResponseMessage Merge(string path, string body)
    {
        if (!_objects.TryGetValue(path, out var current))
            return NotFound();
        var merged = current.DeepClone().AsObject();
        foreach (var (key, value) in JsonNode.Parse(body)!.AsObject())
            merged[key] = value?.DeepClone();
        Put(path, merged);
        return Answer(200, _objects[path].ToJsonString());
    }

    private JsonObject Stamped(JsonObject item, string path)
    {
        Version++;
        var metadata = item["metadata"]!.AsObject();
        metadata["resourceVersion"] = Version.ToString(CultureInfo.InvariantCulture);
        metadata["uid"] = $"uid-{path}";
        return item;
    }

    private void Happened(string type, JsonObject item)
    {
        if (KeepsStates)
            States[Version] = _objects.ToDictionary(pair => pair.Key, pair => int.Parse((string)pair.Value["metadata"]!["resourceVersion"]!, CultureInfo.InvariantCulture));
        _history.Add((Version, type, item.DeepClone().AsObject()));
        foreach (var watch in _watches.ToList())
            SendTo(watch, _history[^1]);
    }

    private static void SendTo(WatchBody watch, (int Version, string Type, JsonObject Item) happened)
    {
        if (watch.IsMute)
            return;
        watch.Sent = happened.Version;
        watch.Send(Line(happened));
    }

    private static string Line((int Version, string Type, JsonObject Item) happened) =>
        $"{{\"type\":\"{happened.Type}\",\"object\":{happened.Item.ToJsonString()}}}\n";

    private static HttpResponseMessage NotFound() => Answer(404, Exchange.Refusal(404, "NotFound", "not found"));

    private static HttpResponseMessage Gone() => Answer(410, Exchange.Refusal(410, "Expired", "too old"));

    public static HttpResponseMessage Answer(int status, string json) =>
        new((HttpStatusCode)status) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(json)) };
}

/// <summary>The body of a watch: what is sent is read at once, on the sender's thread.</summary>
internal sealed class WatchBody(string path) : Stream
{
    private readonly Queue<byte[]> _pending = new();
    private TaskCompletionSource? _arrived;
    private bool _ended;

    public string Path => path;

    /// <summary>The version of the last event that was sent.</summary>
    public int Sent { get; set; }

    /// <summary>The server has died without a word.</summary>
    public bool IsMute { get; set; }

    public bool IsClosed { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public void Send(string text)
    {
        _pending.Enqueue(Encoding.UTF8.GetBytes(text));
        _arrived?.TrySetResult();
    }

    public void End()
    {
        _ended = true;
        _arrived?.TrySetResult();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_pending.Count == 0)
        {
            if (_ended)
                return 0;
            _arrived = new();
            using var cancelled = cancellationToken.Register(() => _arrived.TrySetCanceled(cancellationToken));
            await _arrived.Task;
        }

        var piece = _pending.Peek();
        var count = Math.Min(piece.Length, buffer.Length);
        piece.AsSpan(0, count).CopyTo(buffer.Span);
        _pending.Dequeue();
        if (count < piece.Length)
        {
            var rest = _pending.ToArray();
            _pending.Clear();
            _pending.Enqueue(piece[count..]);
            foreach (var later in rest)
                _pending.Enqueue(later);
        }

        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        IsClosed = true;
        base.Dispose(disposing);
    }
}
