using MetalSharp.Kubernetes;
using Microsoft.Extensions.Logging;

namespace MetalSharp.Lab.Nodes;

/// <summary>
/// A loop of the lab's control plane: woken by a change, it looks at all there is and does the difference. What fails, as
/// everything does while the API server is away, is tried again from fresh state.
/// </summary>
internal sealed partial class ControlLoop(string name, Func<CancellationToken, Task> pass, ILogger logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(300);

    private readonly Doorbell _doorbell = new();

    public void Ring() => _doorbell.Ring();

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await _doorbell.WaitAsync(stop);
            try
            {
                await pass(stop);
            }
            catch (KubernetesException failure) when (failure.IsNotFound || failure.IsConflict)
            {
                // Overtaken by another change, which rings by itself once it has arrived here.
                await RetryAsync(stop);
            }
            catch (Exception failure) when (!stop.IsCancellationRequested)
            {
                LogFailed(logger, name, failure);
                await RetryAsync(stop);
            }
        }
    }

    private async Task RetryAsync(CancellationToken stop)
    {
        await Task.Delay(RetryAfter, stop);
        Ring();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Loop}: tried again after a failure")]
    private static partial void LogFailed(ILogger logger, string loop, Exception failure);
}
