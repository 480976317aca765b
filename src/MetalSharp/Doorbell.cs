using System.Threading.Channels;

namespace MetalSharp;

/// <summary>
/// Wakes one loop: any number of rings before it wakes are one wake-up. Whoever rings has changed a store before; the loop reads
/// the stores after it woke, so no change is missed.
/// </summary>
internal sealed class Doorbell(TimeProvider time)
{
    // One slot: a ring that finds it full is told by the ring that is there.
    private readonly Channel<bool> _rings = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Ring() => _rings.Writer.TryWrite(true);

    /// <summary>Waits for a ring, at most as long as given. Returns whether it rang.</summary>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public async ValueTask<bool> WaitAsync(TimeSpan atMost, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        if (_rings.Reader.TryRead(out _))
            return true;
        using var timeout = new CancellationTokenSource(atMost, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, timeout.Token);
        try
        {
            await _rings.Reader.ReadAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return false;
        }
    }
}
