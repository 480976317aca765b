namespace MetalSharp.Tests.Kubernetes;

/// <summary>
/// Runs asynchronous code on the test's own thread, one step after the other, so that a test with a manual clock and a server in memory is
/// repeatable: everything that can happen has happened when <see cref="RunUntilIdle"/> returns.
/// </summary>
internal sealed class Simulation : SynchronizationContext, IDisposable
{
    private readonly Queue<(SendOrPostCallback Step, object? State)> _steps = new();
    private readonly SynchronizationContext? _before = Current;
    private readonly int _thread = Environment.CurrentManagedThreadId;

    public Simulation() => SetSynchronizationContext(this);

    public override void Post(SendOrPostCallback d, object? state)
    {
        // A step from elsewhere would come at a random time.
        Assert.Equal(_thread, Environment.CurrentManagedThreadId);
        _steps.Enqueue((d, state));
    }

    public void RunUntilIdle()
    {
        while (_steps.TryDequeue(out var next))
            next.Step(next.State);
    }

    /// <summary>Moves the clock from timer to timer and runs what each of them sets off.</summary>
    public void Advance(ManualTime time, TimeSpan by)
    {
        RunUntilIdle();
        var target = time.Elapsed + by;
        while (time.NextTimer is { } next && time.Elapsed + next <= target)
        {
            time.Advance(next);
            RunUntilIdle();
        }

        time.Advance(target - time.Elapsed);
    }

    public void Dispose() => SetSynchronizationContext(_before);
}
