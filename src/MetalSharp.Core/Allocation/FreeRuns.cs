using System.Runtime.InteropServices;

namespace MetalSharp.Allocation;

/// <summary>
/// The free addresses of one family in one pool as runs of consecutive addresses, in ascending order. Holds as many runs as
/// there are gaps, never a mark per address. Addresses that the pool avoids are free in no run, and join two runs as if they
/// were not there: a run starts and ends with an address that may be given out.
/// <para>Inside, every address is its complement: the lowest one, which is taken and put back most, lies at the end of the
/// last list, where nothing has to be moved. The complement of an avoided address ends in 255 or 0 too.</para>
/// </summary>
internal sealed class FreeRuns
{
    // Runs lie in lists of at most this many, so that an insertion moves little however many gaps there are.
    private const int ChunkLimit = 128;

    private readonly List<List<Run>> _chunks = [];
    private readonly bool _avoids;

    /// <param name="ascending">Ranges that do not overlap, in ascending order.</param>
    /// <param name="avoids">Whether addresses that end in .0 or .255 are left out.</param>
    public FreeRuns(IEnumerable<(UInt128 First, UInt128 Last)> ascending, bool avoids)
    {
        _avoids = avoids;
        foreach (var (first, last) in ascending.Reverse())
        {
            if (Trim(~last, ~first) is not { } run)
                continue;
            if (_chunks is [.., var tail] && Follows(tail[^1].Last, run.First))
                tail[^1] = new(tail[^1].First, run.Last);
            else if (_chunks is [.., { Count: < ChunkLimit / 2 } open])
                open.Add(run);
            else
                _chunks.Add([run]);
        }
    }

    public static bool IsAvoided(UInt128 address) => (byte)address is 0 or 255;

    public bool TryGetLowest(out UInt128 address)
    {
        address = _chunks.Count > 0 ? ~_chunks[^1][^1].Last : default;
        return _chunks.Count > 0;
    }

    /// <summary>False when the address is not free.</summary>
    public bool TryTake(UInt128 address)
    {
        var value = ~address;
        var (at, index) = Find(value);
        if (at < 0 || (_avoids && IsAvoided(value)))
            return false;
        var chunk = _chunks[at];
        var run = chunk[index];
        if (value > run.Last)
            return false;
        if (value > run.First && value < run.Last)
        {
            chunk[index] = new(run.First, Previous(value));
            Insert(at, index + 1, new(Next(value), run.Last));
        }
        else if (value > run.First)
        {
            chunk[index] = new(run.First, Previous(value));
        }
        else if (value < run.Last)
        {
            chunk[index] = new(Next(value), run.Last);
        }
        else
        {
            Remove(at, index);
        }

        return true;
    }

    /// <summary>Makes free again what was taken.</summary>
    public void Put(UInt128 address)
    {
        var value = ~address;
        var (at, index) = Find(value);
        var joinsLeft = at >= 0 && Follows(_chunks[at][index].Last, value);
        var (nextAt, nextIndex) = After(at, index);
        var joinsRight = nextAt < _chunks.Count && Follows(value, _chunks[nextAt][nextIndex].First);
        if (joinsLeft && joinsRight)
        {
            _chunks[at][index] = new(_chunks[at][index].First, _chunks[nextAt][nextIndex].Last);
            Remove(nextAt, nextIndex);
        }
        else if (joinsLeft)
        {
            _chunks[at][index] = new(_chunks[at][index].First, value);
        }
        else if (joinsRight)
        {
            _chunks[nextAt][nextIndex] = new(value, _chunks[nextAt][nextIndex].Last);
        }
        else if (at >= 0)
        {
            Insert(at, index + 1, new(value, value));
        }
        else if (_chunks.Count > 0)
        {
            Insert(0, 0, new(value, value));
        }
        else
        {
            _chunks.Add([new(value, value)]);
        }
    }

    /// <summary>The last run that starts at or before the value; (-1, -1) when all start after it.</summary>
    private (int At, int Index) Find(UInt128 value)
    {
        var (low, high) = (0, _chunks.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_chunks[middle][0].First <= value)
                low = middle + 1;
            else
                high = middle;
        }

        if (low == 0)
            return (-1, -1);
        var at = low - 1;
        var runs = CollectionsMarshal.AsSpan(_chunks[at]);
        (low, high) = (1, runs.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (runs[middle].First <= value)
                low = middle + 1;
            else
                high = middle;
        }

        return (at, low - 1);
    }

    private (int At, int Index) After(int at, int index)
    {
        if (at < 0)
            return (0, 0);
        return index + 1 < _chunks[at].Count ? (at, index + 1) : (at + 1, 0);
    }

    private void Insert(int at, int index, Run run)
    {
        var chunk = _chunks[at];
        chunk.Insert(index, run);
        if (chunk.Count <= ChunkLimit)
            return;
        _chunks.Insert(at + 1, chunk[(ChunkLimit / 2)..]);
        chunk.RemoveRange(ChunkLimit / 2, chunk.Count - ChunkLimit / 2);
    }

    private void Remove(int at, int index)
    {
        _chunks[at].RemoveAt(index);
        if (_chunks[at].Count == 0)
            _chunks.RemoveAt(at);
    }

    private Run? Trim(UInt128 first, UInt128 last)
    {
        if (_avoids)
        {
            while (first < last && IsAvoided(first))
                first++;
            while (first < last && IsAvoided(last))
                last--;
            if (IsAvoided(first))
                return null;
        }

        return new(first, last);
    }

    private bool Follows(UInt128 lower, UInt128 higher) => Next(lower) == higher;

    // Only called below the end of a run or below another run, so it never wraps around.
    private UInt128 Next(UInt128 value)
    {
        do
            value++;
        while (_avoids && IsAvoided(value));
        return value;
    }

    private UInt128 Previous(UInt128 value)
    {
        do
            value--;
        while (_avoids && IsAvoided(value));
        return value;
    }

    private readonly record struct Run(UInt128 First, UInt128 Last);
}
