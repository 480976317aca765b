using System.Threading.Channels;

namespace MetalSharp.Lab;

/// <summary>Wakes a loop: any number of rings before it looks are one wake-up. Change first, then ring.</summary>
internal sealed class Doorbell
{
    private readonly Channel<bool> _rings = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public void Ring() => _rings.Writer.TryWrite(true);

    public ValueTask<bool> WaitAsync(CancellationToken stop) => _rings.Reader.ReadAsync(stop);
}
