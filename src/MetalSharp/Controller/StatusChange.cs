using System.Globalization;
using System.Text.Json.Nodes;
using MetalSharp.Allocation;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Resources;

namespace MetalSharp.Controller;

/// <summary>One event to record about a Service.</summary>
internal sealed record ServiceEvent(EventType Type, string Reason, string Action, string Note);

/// <summary>The difference between the status that a Service has and the one that it should have: one write, and what there is to tell about it.</summary>
internal sealed class StatusChange
{
    private readonly V1Condition? _before;
    private readonly ReleasedAddress? _released;

    private StatusChange(V1Service basis, DesiredStatus desired, ReleasedAddress? released)
    {
        Basis = basis;
        Desired = desired;
        _before = ConditionOf(basis);
        _released = released is not null && ServiceReader.StatusAddresses(basis).Contains(released.Address) ? released : null;
    }

    /// <summary>The object that the change applies to, and to no other version of it.</summary>
    public V1Service Basis { get; }

    public DesiredStatus Desired { get; }

    /// <summary>The address that the Service loses, if its status showed one.</summary>
    public ReleasedAddress? Released => _released;

    /// <summary>Whether the status does not show the address yet.</summary>
    public bool IsNewAddress => Desired.Address is { } address && !ServiceReader.StatusAddresses(Basis).Contains(address);

    /// <summary>Null when the object is as it should be.</summary>
    /// <param name="basis">The object as it is.</param>
    /// <param name="desired">What its status should say.</param>
    /// <param name="released">What it had to give up to get there, if anything.</param>
    public static StatusChange? Between(V1Service basis, DesiredStatus desired, ReleasedAddress? released)
    {
        var condition = ConditionOf(basis);
        var conditionDiffers = desired.Reason is null
            ? condition is not null
            : condition is null
                || condition.Status != StatusText(desired)
                || condition.Reason != desired.Reason.ToString()
                || condition.Message != desired.Message
                || (basis.Metadata.Generation is { } generation && condition.ObservedGeneration != generation);
        return conditionDiffers || !ShowsExactly(basis, desired) ? new(basis, desired, released) : null;
    }

    /// <summary>The whole change as one merge patch that only applies to the version it was decided on.</summary>
    /// <param name="now">The wall clock, for the time at which the condition turned.</param>
    public Patch ToPatch(DateTimeOffset now)
    {
        var conditions = new List<JsonNode?>();
        foreach (var condition in Basis.Status?.Conditions ?? [])
        {
            if (condition.Type != DesiredStatus.ConditionType)
                conditions.Add(ToJson(condition));
        }

        if (Desired.Reason is { } reason)
        {
            var status = StatusText(Desired);
            conditions.Add(ToJson(new()
            {
                Type = DesiredStatus.ConditionType,
                Status = status,
                Reason = reason.ToString(),
                Message = Desired.Message,
                ObservedGeneration = Basis.Metadata.Generation,
                LastTransitionTime = _before?.Status == status && _before.LastTransitionTime is { } since ? since : now,
            }));
        }

        return Patch.Merge(new()
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = Basis.Metadata.ResourceVersion },
            ["status"] = new JsonObject
            {
                ["loadBalancer"] = new JsonObject
                {
                    ["ingress"] = Desired.Address is { } address ? new JsonArray(new JsonObject { ["ip"] = address.ToString() }) : null,
                },
                ["conditions"] = conditions.Count > 0 ? new JsonArray([.. conditions]) : null,
            },
        });
    }

    /// <summary>What to tell about the change once it is written. Empty when only bookkeeping changed.</summary>
    public IEnumerable<ServiceEvent> Events()
    {
        var service = ServiceReader.Key(Basis);
        if (_released is { } released)
            yield return new(EventType.Normal, "ClearAssignment", "Release", $"IP \"{released.Address}\" of \"{service}\" is released: {released.Message}");
        if (IsNewAddress)
            yield return new(EventType.Normal, "IPAllocated", "Allocate", $"Assigned IP [\"{Desired.Address}\"]");
        if (Desired.Reason is not { } reason || (_before?.Reason == reason.ToString() && _before.Message == Desired.Message))
            yield break;
        switch (reason)
        {
            // A Service that has no cluster IP is not in trouble: its owner wanted it so, or it comes in a moment.
            case AllocationReason.Allocated or AllocationReason.NoClusterIP:
                break;
            case AllocationReason.InvalidRequest or AllocationReason.ConflictingRequests or AllocationReason.TooManyAddresses:
                yield return new(EventType.Warning, "LoadBalancerFailed", "Allocate", $"invalid requested loadbalancer IPs: {Desired.Message}");
                break;
            default:
                yield return new(EventType.Warning, "AllocationFailed", "Allocate", $"Failed to allocate IP for \"{service}\": {Desired.Message}");
                break;
        }
    }

    public static V1Condition? ConditionOf(V1Service service) =>
        service.Status?.Conditions?.FirstOrDefault(condition => condition.Type == DesiredStatus.ConditionType);

    private static bool ShowsExactly(V1Service basis, DesiredStatus desired)
    {
        var ingress = basis.Status?.LoadBalancer?.Ingress ?? [];
        return desired.Address is { } address
            ? ingress is [{ Hostname: null or "" }] && ServiceReader.StatusAddresses(basis) is [var shown] && shown == address
            : ingress.Count == 0;
    }

    private static string StatusText(DesiredStatus desired) => desired.Reason == AllocationReason.Allocated ? "True" : "False";

    private static JsonObject ToJson(V1Condition condition)
    {
        var json = new JsonObject
        {
            ["type"] = condition.Type,
            ["status"] = condition.Status,
            ["reason"] = condition.Reason ?? "",
            ["message"] = condition.Message ?? "",
        };
        if (condition.ObservedGeneration is { } generation)
            json["observedGeneration"] = generation;
        if (condition.LastTransitionTime is { } time)
            json["lastTransitionTime"] = time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return json;
    }
}
