namespace MetalSharp;

/// <summary>
/// A point on the monotonic clock of one process: the time since an arbitrary origin. Steps of the wall clock do not move it.
/// A separate type, so that a point in time cannot be mistaken for a duration.
/// </summary>
public readonly record struct Instant(TimeSpan SinceOrigin) : IComparable<Instant>
{
    /// <summary>Later than every instant that a clock can show: the deadline of a machine that waits for nothing.</summary>
    public static readonly Instant Never = new(TimeSpan.MaxValue);

    public static Instant operator +(Instant instant, TimeSpan span) =>
        instant == Never || span == TimeSpan.MaxValue ? Never : new(instant.SinceOrigin + span);

    public static Instant operator -(Instant instant, TimeSpan span) => new(instant.SinceOrigin - span);

    public static TimeSpan operator -(Instant later, Instant earlier) => later.SinceOrigin - earlier.SinceOrigin;

    public static bool operator <(Instant left, Instant right) => left.SinceOrigin < right.SinceOrigin;

    public static bool operator >(Instant left, Instant right) => left.SinceOrigin > right.SinceOrigin;

    public static bool operator <=(Instant left, Instant right) => left.SinceOrigin <= right.SinceOrigin;

    public static bool operator >=(Instant left, Instant right) => left.SinceOrigin >= right.SinceOrigin;

    public static Instant Min(Instant left, Instant right) => left < right ? left : right;

    public int CompareTo(Instant other) => SinceOrigin.CompareTo(other.SinceOrigin);

    public override string ToString() => this == Never ? "never" : SinceOrigin.ToString("c", null);
}
