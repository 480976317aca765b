using MetalSharp.Allocation;

namespace MetalSharp.Tests.Allocation;

public sealed class FreeRunsTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void Taking_and_putting_back_is_what_a_set_of_addresses_does(int seed, bool avoids)
    {
        var random = new Random(seed);
        (UInt128 First, UInt128 Last)[] ranges = [(0, 40), (41, 200), (250, 258), (300, 300), (511, 512), (700, 2000)];
        var runs = new FreeRuns(ranges, avoids);
        var pool = ranges.SelectMany(range => Enumerable.Range((int)range.First, (int)(range.Last - range.First) + 1))
            .Where(value => !avoids || value % 256 is not (0 or 255))
            .ToArray();
        var free = new SortedSet<int>(pool);
        for (var step = 0; step < 60_000; step++)
        {
            // In turns mostly full, mostly empty, and every other address free: the shape with the most runs.
            var value = random.Next(2100);
            var take = (step / 5000 % 3) switch
            {
                0 => random.Next(4) != 0,
                1 => random.Next(4) == 0,
                _ => value % 2 == 0,
            };
            if (take)
                Assert.Equal(free.Remove(value), runs.TryTake((UInt128)value));
            else if (Array.BinarySearch(pool, value) >= 0 && free.Add(value))
                runs.Put((UInt128)value);
            Assert.Equal(free.Count > 0, runs.TryGetLowest(out var lowest));
            Assert.Equal(free.Count > 0 ? free.Min : 0, (int)lowest);
        }

        while (runs.TryGetLowest(out var lowest))
        {
            Assert.True(runs.TryTake(lowest));
            Assert.True(free.Remove((int)lowest));
        }

        Assert.Empty(free);
    }

    [Fact]
    public void Thousands_of_ranges_with_gaps_are_found_again()
    {
        var runs = new FreeRuns(Enumerable.Range(0, 5000).Select(n => ((UInt128)(n * 10), (UInt128)(n * 10 + 3))), avoids: false);
        foreach (var n in Enumerable.Range(0, 5000).Reverse())
        {
            Assert.False(runs.TryTake((UInt128)(n * 10 + 4)));
            for (var offset = 0; offset < 4; offset++)
                Assert.True(runs.TryTake((UInt128)(n * 10 + offset)));
        }

        Assert.False(runs.TryGetLowest(out _));
    }
}
