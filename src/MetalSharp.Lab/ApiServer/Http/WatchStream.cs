using System.Buffers;
using System.Text;
using MetalSharp.Lab.ApiServer.Storage;
using Microsoft.AspNetCore.Http;

namespace MetalSharp.Lab.ApiServer.Http;

/// <summary>What a watch wants to see.</summary>
internal sealed record WatchRequest(Func<StoredObject, bool> Matches)
{
    /// <summary>Null to begin with the present state, whatever it is.</summary>
    public long? Since { get; init; }

    public bool SendInitialEvents { get; init; }

    /// <summary>Whether a bookmark tells where the initial events end.</summary>
    public bool AnnounceEndOfInitialEvents { get; init; }

    public bool AllowBookmarks { get; init; }

    public TimeSpan Timeout { get; init; }

    public TimeSpan BookmarkInterval { get; init; }
}

/// <summary>
/// One watch: follows the log of a resource at its own pace and writes what its selection sees of each change. A client
/// that reads too slowly falls behind the bounded history and is told to list again; nobody else notices.
/// </summary>
internal sealed class WatchStream(ClusterStore store, ObjectLog log, ObjectView view, WatchRequest request, HttpResponse response, TimeProvider clock)
{
    private static readonly TimeSpan SlowReaderCheck = TimeSpan.FromSeconds(1);

    private readonly ArrayBufferWriter<byte> _line = new();

    public async Task RunAsync(CancellationToken stop)
    {
        var revision = store.Revision;
        var position = Start(revision, out var isBehind);
        response.ContentType = "application/json";
        await response.StartAsync(stop);
        if (isBehind)
        {
            await SendGoneAsync(position, stop);
            return;
        }

        if (request.SendInitialEvents)
        {
            foreach (var stored in ObjectRange.Of(position.After, "").Where(request.Matches))
                Write("ADDED", stored);
            if (request.AnnounceEndOfInitialEvents)
                WriteBookmark(Math.Max(revision, position.Revision), endsInitialEvents: true);
        }
        await FlushAsync(position, stop);
        await FollowAsync(position, stop);
    }

    private LogEntry Start(long revision, out bool isBehind)
    {
        isBehind = false;
        if (request.Since is not { } since || since == 0)
            return log.Newest;
        if (since > revision)
            throw new ApiException(504, "Timeout", $"Too large resource version: {since}, current: {revision}");
        if (log.At(since) is { } position)
            return position;
        isBehind = true;
        return log.Newest;
    }

    private async Task FollowAsync(LogEntry position, CancellationToken stop)
    {
        var end = clock.GetTimestamp();
        var bookmarkAt = end;
        while (true)
        {
            var seen = store.Revision;
            if (!position.Next.IsCompleted)
            {
                var left = request.Timeout - clock.GetElapsedTime(end);
                if (left <= TimeSpan.Zero)
                    break;
                if (request.AllowBookmarks && clock.GetElapsedTime(bookmarkAt) >= request.BookmarkInterval)
                {
                    WriteBookmark(Math.Max(seen, position.Revision), endsInitialEvents: false);
                    bookmarkAt = clock.GetTimestamp();
                    await FlushAsync(position, stop);
                }
                var wait = request.AllowBookmarks && request.BookmarkInterval < left ? request.BookmarkInterval : left;
                try
                {
                    await position.Next.WaitAsync(wait, clock, stop);
                }
                catch (TimeoutException)
                {
                    continue;
                }
            }

            // Everything that has happened meanwhile goes out in one piece.
            for (var batched = 0; position.Next.IsCompleted && batched < 256; batched++)
            {
                var next = position.Next.Result;
                if (next.Kind == ChangeKind.Ended)
                {
                    await FlushAsync(position, stop);
                    return;
                }
                if (next.Kind == ChangeKind.Compacted || log.HasForgotten(position))
                {
                    await SendGoneAsync(position, stop);
                    return;
                }
                position = next;
                WriteChange(position);
            }
            await FlushAsync(position, stop);
        }

        if (request.AllowBookmarks)
            WriteBookmark(position.Revision, endsInitialEvents: false);
        await FlushAsync(position, stop);
    }

    // An object that leaves or enters the selection was deleted or added as far as this watch is concerned.
    private void WriteChange(LogEntry change)
    {
        var was = change.Previous is { } previous && request.Matches(previous);
        var isNow = change.Kind != ChangeKind.Deleted && change.Current is { } current && request.Matches(current);
        switch (was, isNow)
        {
            case (true, true):
                Write("MODIFIED", change.Current!);
                break;
            case (false, true):
                Write("ADDED", change.Current!);
                break;
            case (true, false):
                Write("DELETED", change.Current!);
                break;
        }
    }

    private void Write(string type, StoredObject stored)
    {
        _line.Write(Encoding.UTF8.GetBytes($"{{\"type\":\"{type}\",\"object\":"));
        view.WriteObject(_line, stored);
        _line.Write("}\n"u8);
    }

    private void WriteBookmark(long revision, bool endsInitialEvents)
    {
        _line.Write("{\"type\":\"BOOKMARK\",\"object\":"u8);
        view.WriteBookmark(_line, revision, endsInitialEvents);
        _line.Write("}\n"u8);
    }

    private async Task SendGoneAsync(LogEntry position, CancellationToken stop)
    {
        var gone = ApiException.Expired("too old resource version: the history since then is forgotten").ToStatus();
        _line.Write("{\"type\":\"ERROR\",\"object\":"u8);
        _line.Write(gone.ToUtf8());
        _line.Write("}\n"u8);
        await FlushAsync(position, stop);
    }

    private async Task FlushAsync(LogEntry position, CancellationToken stop)
    {
        var written = SendAsync(stop);
        while (!written.IsCompleted)
        {
            try
            {
                await written.WaitAsync(SlowReaderCheck, clock, stop);
            }
            catch (TimeoutException) when (log.HasForgotten(position))
            {
                // A client that does not read at all would keep the whole log behind its position in memory.
                response.HttpContext.Abort();
                return;
            }
            catch (TimeoutException)
            {
            }
        }
        await written;
        _line.ResetWrittenCount();
    }

    // With nothing to write yet the client still gets the headers, so that it knows the watch has begun.
    private async Task SendAsync(CancellationToken stop)
    {
        if (_line.WrittenCount == 0)
            await response.BodyWriter.FlushAsync(stop);
        else
            await response.BodyWriter.WriteAsync(_line.WrittenMemory, stop);
    }
}
