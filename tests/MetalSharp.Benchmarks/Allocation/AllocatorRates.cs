using System.Diagnostics;
using System.Globalization;
using MetalSharp.Configuration;

namespace MetalSharp.Benchmarks.Allocation;

/// <summary>
/// Prints how many allocations per second an allocator makes in pools of every size with few and many Services there already:
/// the median of many batches, how far they spread, and the cost as a ratio to the case with the fewest Services.
/// </summary>
internal static class AllocatorRates
{
    private const int Batch = 64;
    private const int Batches = 400;
    private const int Rounds = 5;

    // The target: the cost does not grow with the pool or the number of Services.
    private const double LargestRatio = 2;

    public static int Run()
    {
        (string Name, AddressPool Pool, bool Gaps)[] pools =
        [
            ("/24", AllocatorLoad.Pool("10.0.0.0/24"), false),
            ("/8", AllocatorLoad.Pool("10.0.0.0/8"), false),
            ("IPv6 /64", AllocatorLoad.Pool("fd00::/64"), false),
            ("/8, a gap after each", AllocatorLoad.Pool("10.0.0.0/8"), true),
            ("4096 x /24, avoiding", AllocatorLoad.Pool([.. Enumerable.Range(0, 4096).Select(n => $"10.{n / 128}.{n % 128 * 2}.0/24")]) with { AvoidBuggyIps = true }, false),
        ];
        int[] services = [10, 1_000, 100_000];
        var loads = pools.Select(pool => services.Select(count => new AllocatorLoad(pool.Pool, count, Batch, pool.Gaps)).ToArray()).ToArray();
        var samples = loads.Select(row => row.Select(_ => new List<double>()).ToArray()).ToArray();

        // All cases in turn, several times: what else the machine does meets them alike.
        for (var round = 0; round <= Rounds; round++)
        {
            for (var pool = 0; pool < loads.Length; pool++)
            {
                for (var count = 0; count < services.Length; count++)
                {
                    var measured = Measure(loads[pool][count]);
                    if (round > 0)
                        samples[pool][count].AddRange(measured);
                }
            }
        }

        Console.WriteLine("| pool | Services there | allocations/s | ns each, median | p10 to p90 | ratio to fewest |");
        Console.WriteLine("|---|---|---|---|---|---|");
        var worst = 0.0;
        for (var pool = 0; pool < loads.Length; pool++)
        {
            var fewest = Quantile(samples[pool][0], 0.5);
            for (var count = 0; count < services.Length; count++)
            {
                var median = Quantile(samples[pool][count], 0.5);
                worst = Math.Max(worst, median / fewest);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"| {pools[pool].Name} | {loads[pool][count].Count:N0} | {1e9 / median:N0} | {median:N0} | {Quantile(samples[pool][count], 0.1):N0} to {Quantile(samples[pool][count], 0.9):N0} | {median / fewest:0.00} |"));
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"the largest ratio is {worst:0.00}; it should be below {LargestRatio:0}"));
        return worst <= LargestRatio ? 0 : 1;
    }

    private static List<double> Measure(AllocatorLoad load)
    {
        var samples = new List<double>(Batches);
        for (var batch = 0; batch < Batches; batch++)
        {
            var begun = Stopwatch.GetTimestamp();
            var granted = load.AllocateAll();
            var elapsed = Stopwatch.GetElapsedTime(begun);
            if (granted != Batch)
                throw new InvalidOperationException($"only {granted} of {Batch} got an address");
            samples.Add(elapsed.TotalNanoseconds / Batch);
            load.ReleaseAll();
        }

        return samples;
    }

    private static double Quantile(List<double> samples, double quantile)
    {
        var sorted = samples.Order().ToArray();
        return sorted[(int)(quantile * (sorted.Length - 1))];
    }
}
