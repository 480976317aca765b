using BenchmarkDotNet.Attributes;

namespace MetalSharp.Benchmarks.Allocation;

/// <summary>One allocation and its release, in small and huge pools with few and many Services.</summary>
[MemoryDiagnoser]
public class AllocatorBenchmarks
{
    private AllocatorLoad _load = null!;

    [Params("10.0.0.0/24", "10.0.0.0/8", "fd00::/64")]
    public string Pool { get; set; } = "";

    [Params(10, 1_000, 100_000)]
    public int Services { get; set; }

    [GlobalSetup]
    public void Fill() => _load = new(AllocatorLoad.Pool(Pool), Services, newcomers: 1);

    [Benchmark]
    public int Allocate_and_release()
    {
        var granted = _load.AllocateAll();
        _load.ReleaseAll();
        return granted;
    }
}
