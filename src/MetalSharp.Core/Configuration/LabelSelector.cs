namespace MetalSharp.Configuration;

/// <summary>How a <see cref="LabelRequirement"/> compares.</summary>
public enum LabelOperator
{
    /// <summary>The label has this value: an entry of <c>match-labels</c>.</summary>
    Equal,
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

/// <summary>A condition on one label. Values are in ascending order, each once.</summary>
public sealed record LabelRequirement : IComparable<LabelRequirement>
{
    /// <exception cref="ArgumentException">
    /// Not exactly one value for <see cref="LabelOperator.Equal"/>, none for In or NotIn, or any for Exists or DoesNotExist.
    /// </exception>
    public LabelRequirement(LabelKey key, LabelOperator comparison, params IEnumerable<LabelValue> values)
    {
        Key = key;
        Comparison = comparison;
        Values = values.Distinct().Order().ToEquatableArray();
        var fits = comparison switch
        {
            LabelOperator.Equal => Values.Count == 1,
            LabelOperator.In or LabelOperator.NotIn => Values.Count > 0,
            _ => Values.IsEmpty,
        };
        if (!fits)
            throw new ArgumentException($"{comparison} does not go with {Values.Count} values", nameof(values));
    }

    public LabelKey Key { get; }

    public LabelOperator Comparison { get; }

    public EquatableArray<LabelValue> Values { get; }

    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        var present = labels.TryGetValue(Key.Text, out var value);
        return Comparison switch
        {
            LabelOperator.Exists => present,
            LabelOperator.DoesNotExist => !present,
            // An absent label is in no set, so Kubernetes counts it as not in this one.
            LabelOperator.NotIn => !present || !HasValue(value!),
            _ => present && HasValue(value!),
        };
    }

    public int CompareTo(LabelRequirement? other)
    {
        if (other is null)
            return 1;
        var byKey = Key.CompareTo(other.Key);
        return byKey != 0 ? byKey : string.CompareOrdinal(ToString(), other.ToString());
    }

    /// <summary>As Kubernetes writes it: <c>a=b</c>, <c>a in (b,c)</c>, <c>a notin (b)</c>, <c>a</c>, <c>!a</c>.</summary>
    public override string ToString() => Comparison switch
    {
        LabelOperator.Equal => $"{Key}={Values[0]}",
        LabelOperator.In => $"{Key} in ({string.Join(',', Values)})",
        LabelOperator.NotIn => $"{Key} notin ({string.Join(',', Values)})",
        LabelOperator.Exists => Key.Text,
        _ => "!" + Key,
    };

    private bool HasValue(string value)
    {
        foreach (var wanted in Values)
        {
            if (wanted.Text == value)
                return true;
        }

        return false;
    }
}

/// <summary>Conditions on labels that must all hold. Two selectors are equal when they hold the same conditions, in whatever order they were written.</summary>
public sealed record LabelSelector
{
    /// <summary>No condition at all.</summary>
    public static readonly LabelSelector Everything = new([]);

    public LabelSelector(params IEnumerable<LabelRequirement> requirements) =>
        Requirements = requirements.Distinct().Order().ToEquatableArray();

    public EquatableArray<LabelRequirement> Requirements { get; }

    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach (var requirement in Requirements)
        {
            if (!requirement.Matches(labels))
                return false;
        }

        return true;
    }

    /// <summary>As <c>kubectl -l</c> takes it, ordered by key; <c>&lt;everything&gt;</c> without conditions.</summary>
    public override string ToString() => Requirements.IsEmpty ? "<everything>" : string.Join(',', Requirements);
}
