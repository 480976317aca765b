using System.Collections.Concurrent;
using System.Threading.Channels;

namespace MetalSharp.Lab.ApiServer.Storage;

/// <summary>
/// Everything the API server keeps. One loop owns it: every write is a function that the loop runs to its end before the
/// next one, so a write sees no other half done. Reads take an immutable state of a resource and never wait.
/// </summary>
internal sealed class ClusterStore : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ObjectLog> _logs = new(StringComparer.Ordinal);
    private readonly Channel<Action> _writes = Channel.CreateBounded<Action>(
        new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
    private readonly int _historyLength;
    private readonly Action<StoreWriter> _afterWrite;
    private readonly Task _loop;
    private long _revision = 1;
    private long _published = 1;

    /// <param name="historyLength">Changes each resource remembers for watches and paged lists.</param>
    /// <param name="afterWrite">Runs behind every write, in the same turn of the loop: what follows from the changes.</param>
    public ClusterStore(int historyLength, Action<StoreWriter> afterWrite)
    {
        _historyLength = historyLength;
        _afterWrite = afterWrite;
        _loop = RunAsync();
    }

    /// <summary>The last revision whose changes are all visible.</summary>
    public long Revision => Volatile.Read(ref _published);

    public ObjectLog Log(string bucket) =>
        _logs.TryGetValue(bucket, out var log) ? log : _logs.GetOrAdd(bucket, _ => new ObjectLog(_historyLength, 0));

    /// <summary>Runs a write on the store's loop. What it throws reaches the caller; it must refuse before its first change.</summary>
    public async Task<T> WriteAsync<T>(Func<StoreWriter, T> write)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _writes.Writer.WriteAsync(() =>
        {
            var writer = new StoreWriter(this);
            try
            {
                var result = write(writer);
                if (writer.Changes.Count > 0)
                    _afterWrite(writer);
                Volatile.Write(ref _published, _revision);
                done.SetResult(result);
            }
            catch (Exception failure)
            {
                Volatile.Write(ref _published, _revision);
                done.SetException(failure);
            }
        });
        return await done.Task;
    }

    /// <summary>Forgets the history of every resource: watches end with 410 and have to list again.</summary>
    public Task CompactAsync() => WriteAsync(writer =>
    {
        foreach (var log in _logs.Values)
            log.Append(ChangeKind.Compacted, NextRevision(), null, null);
        return true;
    });

    public async ValueTask DisposeAsync()
    {
        _writes.Writer.TryComplete();
        await _loop;
    }

    internal long NextRevision() => ++_revision;

    private async Task RunAsync()
    {
        await foreach (var write in _writes.Reader.ReadAllAsync().ConfigureAwait(false))
            write();
    }
}
