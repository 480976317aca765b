using MetalSharp.Announcement;
using MetalSharp.Net;

namespace MetalSharp.Speaker;

/// <summary>One address of one Service that this node begins or ceases to announce.</summary>
internal abstract record AnnouncementChange(ServiceKey Service, InetAddress Address)
{
    /// <param name="Before">Who announced it before, as far as this speaker knows.</param>
    /// <param name="Because">Why that node does not announce it any more; null where there was none.</param>
    /// <param name="IsFirst">No other address of the Service was announced by this node before.</param>
    public sealed record Announced(ServiceKey Service, InetAddress Address, PoolName Pool, NodeName? Before, ExclusionReason? Because, bool IsFirst)
        : AnnouncementChange(Service, Address)
    {
        /// <summary>It moved here from another node.</summary>
        public bool IsTakeover => Before is not null;
    }

    /// <param name="Next">Who announces it now, or null where nobody does.</param>
    public sealed record Withdrawn(ServiceKey Service, InetAddress Address, ExclusionReason Reason, NodeName? Next)
        : AnnouncementChange(Service, Address);

    /// <summary>What differs between two plans of one node; every announcement of the second where there is no first.</summary>
    /// <param name="serviceExists">Whether the cluster still has a Service that the second plan does not know.</param>
    public static IEnumerable<AnnouncementChange> Between(AnnouncementPlan? before, AnnouncementPlan after, Func<ServiceKey, bool> serviceExists)
    {
        var former = before?.Announcements.DistinctBy(Key).ToDictionary(Key) ?? [];
        var announcing = former.Values.Where(item => item.IsAnnounced).Select(item => item.Service).ToHashSet();
        var services = after.Snapshot.Services.ToDictionary(service => service.Key);
        foreach (var announcement in after.Announcements)
        {
            var known = former.Remove(Key(announcement), out var was);
            if (announcement.IsAnnounced && !(known && was.IsAnnounced))
                yield return Begun(announcement, was.Owner);
            else if (known && was.IsAnnounced && announcement.Reason is { } reason)
                yield return new Withdrawn(announcement.Service, announcement.Address, reason, announcement.Owner);
        }

        foreach (var gone in former.Values.Where(item => item.IsAnnounced))
            yield return new Withdrawn(gone.Service, gone.Address, WhyGone(gone.Service), null);

        Announced Begun(AddressAnnouncement announcement, NodeName? owner)
        {
            var other = owner == after.Node ? null : owner;
            ExclusionReason? because = other is { } node
                ? after.Verdict(node, services[announcement.Service], announcement.Address)
                : null;
            return new(announcement.Service, announcement.Address, announcement.Pool!.Value, other, because, announcing.Add(announcement.Service));
        }

        ExclusionReason WhyGone(ServiceKey key)
        {
            if (services.TryGetValue(key, out var service))
                return service.Addresses.IsEmpty ? ExclusionReason.NoAddressAllocated : ExclusionReason.AddressChanged;
            return serviceExists(key) ? ExclusionReason.NotLoadBalancer : ExclusionReason.ServiceDeleted;
        }
    }

    private static (ServiceKey, InetAddress) Key(AddressAnnouncement announcement) => (announcement.Service, announcement.Address);
}
