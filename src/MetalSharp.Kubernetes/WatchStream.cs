using System.Text.Json;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Kubernetes;

/// <summary>The open answer to a watch: one JSON object per line.</summary>
internal sealed class WatchStream<T>(ResourceKind<T> kind, ApiRequest request, HttpResponseMessage response, Stream body) : IDisposable
    where T : class, IKubernetesObject
{
    // An object is at most 1.5 MB in the server's store; its JSON is somewhat longer.
    private const int MaxLine = 16 * 1024 * 1024;
    private const int UsualBuffer = 16 * 1024;

    private byte[] _buffer = new byte[UsualBuffer];
    private int _start;
    private int _end;

    /// <summary>Null when the server ended the watch, which it may do at any time between two events.</summary>
    public async ValueTask<WatchEvent<T>?> NextAsync(CancellationToken cancel)
    {
        try
        {
            while (await ReadLineAsync(cancel) is { } line)
            {
                if (!line.IsEmpty)
                    return Parse(line.Span);
            }

            return null;
        }
        catch (Exception e) when (ApiConnection.Failure(request, response.StatusCode, kind.ObjectType, e, cancel) is { } failure)
        {
            throw failure;
        }
    }

    public void Dispose()
    {
        body.Dispose();
        response.Dispose();
    }

    private WatchEvent<T> Parse(ReadOnlySpan<byte> line)
    {
        string? type = null;
        var content = default(Range);
        var reader = new Utf8JsonReader(line);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("a watch event is a JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                type = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            }
            else
            {
                var isObject = reader.ValueTextEquals("object"u8);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                if (isObject)
                    content = start..(int)reader.BytesConsumed;
            }
        }

        var json = line[content];
        return type switch
        {
            "ADDED" => new(WatchEventType.Added, ReadObject(json), null),
            "MODIFIED" => new(WatchEventType.Modified, ReadObject(json), null),
            "DELETED" => new(WatchEventType.Deleted, ReadObject(json), null),
            "BOOKMARK" => new(WatchEventType.Bookmark, ReadObject(json), null),
            "ERROR" => new(WatchEventType.Error, null, JsonSerializer.Deserialize(json, ModelContext.Default.V1Status) ?? new()),
            _ => throw new JsonException($"unknown watch event '{type}'"),
        };
    }

    private T ReadObject(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, kind.ObjectType) ?? throw new JsonException("the event has no object");

    /// <summary>A line without its end, valid until the next read; null at the end of the answer.</summary>
    private async ValueTask<ReadOnlyMemory<byte>?> ReadLineAsync(CancellationToken cancel)
    {
        var searched = 0;
        while (true)
        {
            var newline = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                var line = _buffer.AsMemory(_start, searched + newline);
                _start += line.Length + 1;
                return line;
            }

            searched = _end - _start;
            MakeRoom();
            var read = await body.ReadAsync(_buffer.AsMemory(_end), cancel);
            if (read == 0)
                return searched == 0 ? null : throw new IOException("the connection ended inside an event");
            _end += read;
        }
    }

    private void MakeRoom()
    {
        var pending = _end - _start;
        if (pending == _buffer.Length)
        {
            if (pending >= MaxLine)
                throw new JsonException($"an event of more than {MaxLine} bytes");
            Array.Resize(ref _buffer, 2 * _buffer.Length);
            return;
        }

        if (pending == 0 && _buffer.Length > UsualBuffer)
            _buffer = new byte[UsualBuffer];
        else if (_start > 0)
            _buffer.AsSpan(_start, pending).CopyTo(_buffer);
        _start = 0;
        _end = pending;
    }
}
