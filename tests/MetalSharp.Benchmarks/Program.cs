using System.Reflection;
using BenchmarkDotNet.Running;
using MetalSharp.Benchmarks.Allocation;
using MetalSharp.Benchmarks.Layer2;

// Macro benchmarks need processes and networks of their own, or compare cases with each other; everything else is BenchmarkDotNet's.
return args switch
{
    ["allocator"] => AllocatorRates.Run(),
    ["arp", ..] => await ArpBenchmark.RunAsync(args),
    ["arp-responder"] => await ArpResponderProgram.RunAsync(),
    _ => Micro(args),
};

static int Micro(string[] args)
{
    BenchmarkSwitcher.FromAssembly(Assembly.GetExecutingAssembly()).Run(args);
    return 0;
}
