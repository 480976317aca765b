using System.Threading.Channels;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>
/// Empties namespaces that are being deleted, a little later than asked. In a real cluster a controller does it and takes
/// its time; <c>kubectl delete -f</c> relies on that when a file holds a namespace and what is in it.
/// </summary>
internal sealed class NamespaceSweep : IAsyncDisposable
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    // A namespace that finds no place is emptied at once: the channel never holds up the store's loop.
    private readonly Channel<(string Name, long Since)> _waiting = Channel.CreateBounded<(string, long)>(
        new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeProvider _clock;
    private Task _loop = Task.CompletedTask;

    public NamespaceSweep(TimeProvider clock) => _clock = clock;

    public void Start(ClusterStore store, ObjectLifecycle lifecycle) => _loop = RunAsync(store, lifecycle, _stop.Token);

    public bool TryPostpone(string name) => _waiting.Writer.TryWrite((name, _clock.GetTimestamp()));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync(ClusterStore store, ObjectLifecycle lifecycle, CancellationToken stop)
    {
        try
        {
            await foreach (var (name, since) in _waiting.Reader.ReadAllAsync(stop))
            {
                var left = Delay - _clock.GetElapsedTime(since);
                if (left > TimeSpan.Zero)
                    await Task.Delay(left, _clock, stop);
                await store.WriteAsync(writer =>
                {
                    lifecycle.EmptyNamespace(writer, name);
                    return true;
                });
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // the server is disposed of
        }
    }
}
