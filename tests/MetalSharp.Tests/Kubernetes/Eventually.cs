namespace MetalSharp.Tests.Kubernetes;

/// <summary>Waits for what another thread does and tells nobody. Fails after ten seconds.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<bool> condition)
    {
        for (var i = 0; i < 2_000; i++)
        {
            if (condition())
                return;
            await Task.Delay(5);
        }

        Assert.Fail("it did not become true within ten seconds");
    }
}
