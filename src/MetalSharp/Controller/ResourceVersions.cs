using System.Globalization;

namespace MetalSharp.Controller;

/// <summary>
/// The order of the versions of objects of one kind. Kubernetes says since 1.35 that they are numbers that grow, which they
/// always were; versions that are no numbers have no order.
/// </summary>
internal static class ResourceVersions
{
    /// <summary>Whether a version is at least as new as another one; null when that cannot be known.</summary>
    public static bool? IsAtLeast(string? version, string? other) =>
        ulong.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && ulong.TryParse(other, NumberStyles.None, CultureInfo.InvariantCulture, out var otherNumber)
            ? number >= otherNumber
            : null;
}
