using System.Diagnostics;
using System.Globalization;
using MetalSharp.Net;

namespace MetalSharp.Benchmarks.Layer2;

/// <summary>
/// <c>arp [--runs N] [--requests N]</c>: the time from being told to announce until it is announced, the time from an ARP request to its answer as a ratio
/// to the kernel's own in the same run, and what a flood of malformed frames does. The client, the kernel's answerer and ours are in three network namespaces, joined by two veth pairs.
/// Exit code 1 when a target is missed. With <c>--runs 0</c> the second part is left out.
/// </summary>
internal static class ArpBenchmark
{
    private const double MedianTarget = 3;
    private const double TailTarget = 4;
    private const int FloodFrames = 100_000;
    private const int ManyAddresses = 1_000;

    private static readonly InetAddress Client = InetAddress.Parse("10.9.0.1");
    private static readonly InetAddress Vip = InetAddress.Parse("10.9.0.100");

    public static async Task<int> RunAsync(string[] args)
    {
        if (!Namespaces.AreEntered)
            return await Namespaces.EnterAsync(args);

        using var kernel = await Namespaces.StartAsync("cat");
        using var ours = await Namespaces.StartAsync([.. Namespaces.Self, "arp-responder"]);
        try
        {
            await ours.StandardOutput.ReadLineAsync();
            Join("tokernel", kernel.Id);
            Join("toours", ours.Id);
            In(kernel.Id, "ip", "addr", "add", $"{Vip}/24", "dev", "eth0");
            using var kernelClient = await ArpClient.OpenAsync("tokernel", Client);
            using var ourClient = await ArpClient.OpenAsync("toours", Client);
            await TakeOverAsync(ours, ourClient);
            var runs = Option(args, "--runs", 5);
            var fast = runs == 0 || Latency(kernelClient, ourClient, runs, Option(args, "--requests", 2_000));
            var unharmed = await FloodAsync(ours, ourClient);
            return fast && unharmed ? 0 : 1;
        }
        finally
        {
            ours.StandardInput.Close();
            kernel.StandardInput.Close();
            await ours.WaitForExitAsync();
        }
    }

    private static async Task TakeOverAsync(Process ours, ArpClient client)
    {
        // The interface has come up a moment ago: let the speaker hear of it first.
        await Task.Delay(500);
        var first = await OnceAsync(1);
        var (one, many) = (new List<double>(), new List<double>());
        for (var i = 0; i < 10; i++)
        {
            one.Add(await OnceAsync(1));
            many.Add(await OnceAsync(ManyAddresses));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"told to announce until all is announced: 1 address {Spread(one)} ms (the first time {first:0.0} ms), {ManyAddresses} addresses {Spread(many)} ms"));
        await TellAsync(ours, $"announce {Vip}");

        async Task<double> OnceAsync(int addresses)
        {
            await TellAsync(ours, "announce");
            await Task.Delay(100);
            InetAddress[] range = [.. Enumerable.Range(0, addresses).Select(i => new InetAddress(IpFamily.IPv4, Vip.Value + (uint)i))];
            var told = Stopwatch.GetTimestamp();
            await TellAsync(ours, $"announce {string.Join(' ', range)}");
            return client.HearsAnnouncements(range, told)?.TotalMilliseconds ?? double.PositiveInfinity;
        }
    }

    private static bool Latency(ArpClient kernel, ArpClient ours, int runs, int requests)
    {
        // Both answer at once from here on, and what is compiled as it is used has been.
        for (var i = 0; i < 500; i++)
        {
            kernel.Ask(Vip);
            ours.Ask(Vip);
        }

        Console.WriteLine($"ARP request to reply, {requests} requests each, 5 ms apart, kernel and ours alternating; microseconds");
        Console.WriteLine("run   kernel p50    p99   ours p50    p99   ratio p50    p99");
        List<(double Median, double Tail)> ratios = [];
        List<(double Median, double Tail)> kernelTimes = [];
        List<(double Median, double Tail)> ourTimes = [];
        for (var run = 1; run <= runs; run++)
        {
            var (byKernel, byOurs) = (new double[requests], new double[requests]);
            for (var i = 0; i < requests; i++)
            {
                Thread.Sleep(5);
                byKernel[i] = Microseconds(kernel);
                Thread.Sleep(5);
                byOurs[i] = Microseconds(ours);
            }

            var (k, o) = (Percentiles(byKernel), Percentiles(byOurs));
            kernelTimes.Add(k);
            ourTimes.Add(o);
            ratios.Add((o.Median / k.Median, o.Tail / k.Tail));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{run,3} {k.Median,12:0.0} {k.Tail,6:0.0} {o.Median,10:0.0} {o.Tail,6:0.0} {o.Median / k.Median,11:0.00} {o.Tail / k.Tail,6:0.00}"));
        }

        var (p50, p99) = (Spread(ratios.Select(ratio => ratio.Median)), Spread(ratios.Select(ratio => ratio.Tail)));
        Console.WriteLine($"kernel p50 {Spread(kernelTimes.Select(time => time.Median))}, p99 {Spread(kernelTimes.Select(time => time.Tail))}");
        Console.WriteLine($"ours   p50 {Spread(ourTimes.Select(time => time.Median))}, p99 {Spread(ourTimes.Select(time => time.Tail))}");
        Console.WriteLine($"ratio  p50 {p50} (target {MedianTarget}), p99 {p99} (target {TailTarget})");
        return p50.Median <= MedianTarget && p99.Median <= TailTarget;
    }

    private static async Task<bool> FloodAsync(Process ours, ArpClient client)
    {
        var before = Resources(ours.Id);
        var allocatedBefore = await AllocatedAsync(ours);
        var valid = client.Request(Vip);
        var random = new Random(20261120);
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < FloodFrames; i++)
            client.Send(Malformed(valid, i, random));
        var took = Stopwatch.GetElapsedTime(started);

        // What has been queued is handled before this is.
        var answered = Enumerable.Range(0, 10).Any(_ => client.Ask(Vip) is not null);
        var after = Resources(ours.Id);
        var allocated = await AllocatedAsync(ours) - allocatedBefore;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"flood of {FloodFrames} malformed frames in {took.TotalSeconds:0.00} s (seed 20261120): answers afterwards: {(answered ? "yes" : "no")}"));
        Console.WriteLine($"  resident {before.ResidentKib} -> {after.ResidentKib} KiB, descriptors {before.Descriptors} -> {after.Descriptors}, threads {before.Threads} -> {after.Threads}, "
            + $"processor {(after.Processor - before.Processor).TotalMilliseconds:0} ms, {allocated} bytes allocated");
        await TellAsync(ours, "metrics");
        while (await ours.StandardOutput.ReadLineAsync() is { } line && line != ".")
        {
            if (!line.StartsWith('#') && !line.EndsWith(" 0", StringComparison.Ordinal))
                Console.WriteLine("  " + line);
        }

        return answered && allocated < FloodFrames && after.Descriptors == before.Descriptors && after.ResidentKib < before.ResidentKib + 4096;
    }

    // By turns: cut short, a wrong type or length, a sender that cannot be, an operation that does not exist.
    private static ReadOnlySpan<byte> Malformed(byte[] valid, int turn, Random random)
    {
        byte[] frame = [.. valid];
        switch (turn % 4)
        {
            case 0:
                return frame.AsSpan(0, random.Next(14, 42));
            case 1:
                frame[random.Next(14, 20)] ^= (byte)random.Next(1, 256);
                return frame;
            case 2:
                frame[22] |= 1;
                return frame;
            default:
                frame[20] = (byte)random.Next(1, 256);
                return frame;
        }
    }

    private static (long ResidentKib, int Descriptors, int Threads, TimeSpan Processor) Resources(int process)
    {
        var status = File.ReadLines($"/proc/{process}/status").Select(line => line.Split(':')).ToDictionary(parts => parts[0], parts => parts[1].Trim());
        using var measured = Process.GetProcessById(process);
        return (
            long.Parse(status["VmRSS"].Split(' ')[0], null),
            Directory.GetFileSystemEntries($"/proc/{process}/fd").Length,
            int.Parse(status["Threads"], null),
            measured.TotalProcessorTime);
    }

    private static async Task TellAsync(Process ours, string line)
    {
        await ours.StandardInput.WriteLineAsync(line);
        await ours.StandardInput.FlushAsync();
    }

    private static async Task<long> AllocatedAsync(Process ours)
    {
        await TellAsync(ours, "allocated");
        return long.Parse((await ours.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
    }

    private static double Microseconds(ArpClient client) => client.Ask(Vip)?.TotalMicroseconds ?? double.PositiveInfinity;

    private static (double Median, double Tail) Percentiles(double[] times)
    {
        Array.Sort(times);
        return (times[times.Length / 2], times[times.Length * 99 / 100]);
    }

    private static Spread Spread(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return new(sorted[sorted.Length / 2], sorted[0], sorted[^1]);
    }

    private static void Join(string name, int process)
    {
        Namespaces.Run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", process.ToString(CultureInfo.InvariantCulture));
        Namespaces.Run("ip", "link", "set", name, "up");
        In(process, "ip", "link", "set", "eth0", "up");
    }

    private static void In(int process, params ReadOnlySpan<string> command) =>
        Namespaces.Run("nsenter", ["-t", process.ToString(CultureInfo.InvariantCulture), "-n", .. command]);

    private static int Option(string[] args, string name, int otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
}

/// <summary>A median over runs, and the smallest and largest.</summary>
internal readonly record struct Spread(double Median, double Least, double Most)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Median:0.0#} ({Least:0.0#} to {Most:0.0#})");
}
