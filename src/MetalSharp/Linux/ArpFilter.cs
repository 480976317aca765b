using MetalSharp.Layer2;
using MetalSharp.Net;

namespace MetalSharp.Linux;

/// <summary>
/// The packet filter that lets the kernel drop the ARP of a busy LAN without waking this process: it passes requests for addresses in
/// the ranges that hold the announced ones. It may pass too much, never too little; whoever receives judges each frame.
/// A speaker that announces nothing is never woken.
/// </summary>
internal static class ArpFilter
{
    /// <summary>More ranges than this are joined where the gaps are smallest, so that the filter costs a few dozen comparisons at most.</summary>
    public const int MostRanges = 32;

    private const uint OperationAt = EthernetHeader.Size + 6;
    private const uint TargetIpAt = EthernetHeader.Size + 24;

    public static BpfInstruction[] For(IEnumerable<InetAddress> announced)
    {
        var ranges = Ranges(announced);
        if (ranges.Count == 0)
            return [BpfInstruction.Drop];
        List<BpfInstruction> program =
        [
            // A frame that ends before the byte to be loaded is dropped by the machine itself.
            new(BpfInstruction.LoadHalfWord, 0, 0, OperationAt),
            new(BpfInstruction.JumpIfEqual, 1, 0, (uint)ArpOperation.Request),
            BpfInstruction.Drop,
            new(BpfInstruction.LoadWord, 0, 0, TargetIpAt),
        ];
        foreach (var (first, last) in ranges)
        {
            // Ascending: what is below this range is in none.
            program.Add(new(BpfInstruction.JumpIfAtLeast, 1, 0, first));
            program.Add(BpfInstruction.Drop);
            program.Add(new(BpfInstruction.JumpIfGreater, 1, 0, last));
            program.Add(BpfInstruction.Accept);
        }

        program.Add(BpfInstruction.Drop);
        return [.. program];
    }

    private static List<(uint First, uint Last)> Ranges(IEnumerable<InetAddress> announced)
    {
        uint[] sorted = [.. announced.Where(address => address.IsIPv4).Select(address => (uint)address.Value).Order()];
        var smallestKept = sorted.Zip(sorted.Skip(1), (low, high) => high - low).OrderDescending().ElementAtOrDefault(MostRanges - 1);
        List<(uint First, uint Last)> ranges = [];
        foreach (var address in sorted)
        {
            if (ranges.Count > 0 && address - ranges[^1].Last <= Math.Max(1, smallestKept))
                ranges[^1] = (ranges[^1].First, address);
            else
                ranges.Add((address, address));
        }

        return ranges;
    }
}
