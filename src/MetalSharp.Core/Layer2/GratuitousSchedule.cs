using MetalSharp.Net;

namespace MetalSharp.Layer2;

/// <summary>An address as it is announced on one interface, which its kernel index names.</summary>
public readonly record struct AddressOnInterface(InetAddress Address, int InterfaceIndex);

/// <summary>
/// Says when an address that is held is announced unasked: at once on taking over, a few times more for neighbours that missed it,
/// then slowly for as long as it is held. Ask <see cref="TryTake"/> until it is empty, and come back at <see cref="Deadline"/>.
/// Owned by one loop.
/// </summary>
public sealed class GratuitousSchedule(GratuitousTiming timing)
{
    private readonly Dictionary<AddressOnInterface, Round> _held = [];

    // Holds outdated entries too: one is outdated when the round that is held says another time. Each leaves when its time comes.
    private readonly PriorityQueue<AddressOnInterface, Instant> _queue = new();

    /// <summary>The number of addresses held, each counted once for each interface.</summary>
    public int Count => _held.Count;

    /// <summary>When the next round is due; <see cref="Instant.Never"/> when nothing is to be announced.</summary>
    public Instant Deadline
    {
        get
        {
            DropOutdated();
            return _queue.TryPeek(out _, out var due) ? due : Instant.Never;
        }
    }

    /// <summary>The address is held from now on. One that is held already starts its burst again.</summary>
    public void Start(AddressOnInterface address, Instant now) => Enqueue(address, new Round(now, timing.BurstRounds));

    /// <summary>The address is no longer held: no round of it comes any more.</summary>
    public void Stop(AddressOnInterface address) => _held.Remove(address);

    /// <summary>Gives one address whose round is due, the longest overdue first.</summary>
    public bool TryTake(Instant now, out AddressOnInterface address)
    {
        DropOutdated();
        if (!_queue.TryPeek(out address, out var due) || due > now)
        {
            address = default;
            return false;
        }

        _queue.Dequeue();
        if (Next(address, _held[address], now) is { } next)
            Enqueue(address, next);
        else
            _held[address] = new(Instant.Never, 0);
        return true;
    }

    private void Enqueue(AddressOnInterface address, Round round)
    {
        _held[address] = round;
        _queue.Enqueue(address, round.Due);
    }

    private Round? Next(AddressOnInterface address, Round taken, Instant now)
    {
        if (taken.BurstLeft > 1)
            return new(now + timing.BurstInterval, taken.BurstLeft - 1);
        if (timing.RefreshInterval == TimeSpan.Zero)
            return null;
        // A thousand addresses taken over in one instant are not refreshed in one instant: each has its own place in the interval.
        if (taken.BurstLeft == 1)
            return new(now + timing.RefreshInterval * Place(address), 0);
        // After a pause of the process a missed round is made up for once, not as often as it was missed.
        var next = taken.Due + timing.RefreshInterval;
        return new(next > now ? next : now + timing.RefreshInterval, 0);
    }

    // Above 0, at most 1. Multiples of the golden ratio fill an interval evenly, so neighbouring addresses land far apart.
    private static double Place(AddressOnInterface address)
    {
        var number = (ulong)address.Address.Value + (ulong)(address.Address.Value >> 64) + (ulong)address.InterfaceIndex * 0x1_0000;
        var scattered = unchecked(number * 0x9E37_79B9_7F4A_7C15);
        return ((scattered >> 11) + 1) * (1.0 / (1UL << 53));
    }

    private void DropOutdated()
    {
        while (_queue.TryPeek(out var address, out var due) && !(_held.TryGetValue(address, out var round) && round.Due == due))
            _queue.Dequeue();
    }

    private readonly record struct Round(Instant Due, int BurstLeft);
}
