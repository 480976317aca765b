namespace MetalSharp.Tests;

public sealed class DoorbellTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private readonly Doorbell _bell = new(TimeProvider.System);

    [Fact]
    public async Task Any_number_of_rings_is_one_wake_up()
    {
        _bell.Ring();
        _bell.Ring();
        Assert.True(await _bell.WaitAsync(Long, CancellationToken.None));
        Assert.False(await _bell.WaitAsync(TimeSpan.Zero, CancellationToken.None));
    }

    [Fact]
    public async Task A_ring_wakes_who_waits()
    {
        var waiting = _bell.WaitAsync(Long, CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        _bell.Ring();
        Assert.True(await waiting);
    }

    [Fact]
    public async Task A_stop_ends_the_wait()
    {
        using var stop = new CancellationTokenSource();
        var waiting = _bell.WaitAsync(Long, stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }
}
