using MetalSharp.Net;

namespace MetalSharp.Configuration;

/// <summary>
/// One mapping of the document, read by the keys that mean something in it. Every method that reads a key says what is wrong with the value
/// and then returns null, as for a key that is absent; nothing written (null) is the same as absent everywhere.
/// </summary>
internal sealed class DocumentSection
{
    private readonly Place _place;
    private readonly DocumentErrors _errors;
    private readonly Dictionary<string, ConfigurationNode.Entry> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _misspelt = new(StringComparer.Ordinal);
    private readonly bool _isUnreadable;

    /// <summary>Says which keys are unknown or stand twice. A place that is no mapping is said once and then reads as empty.</summary>
    public DocumentSection(Place place, IReadOnlyCollection<string> keys, DocumentErrors errors)
    {
        _place = place;
        _errors = errors;
        foreach (var entry in Entries(place, errors, out _isUnreadable))
        {
            var key = entry.Key.Text;
            if (keys.Contains(key))
                _entries.Add(key, entry);
            else
                SayUnknown(entry.Key, keys);
        }
    }

    public DocumentPath Path => _place.Path;

    /// <summary>The entries of a mapping whose keys are free; a key that stands twice is said, and its first value counts.</summary>
    public static IEnumerable<ConfigurationNode.Entry> Entries(Place place, DocumentErrors errors, out bool isUnreadable)
    {
        isUnreadable = false;
        if (place.Node is ConfigurationNode.Scalar { IsNull: true })
            return [];
        if (place.Node is not ConfigurationNode.Mapping mapping)
        {
            errors.Add(place, ConfigurationFault.WrongType, $"expected keys with values, found {KindOf(place.Node)}");
            isUnreadable = true;
            return [];
        }

        var first = new Dictionary<string, ConfigurationNode.Entry>(StringComparer.Ordinal);
        foreach (var entry in mapping.Entries)
        {
            if (first.TryGetValue(entry.Key.Text, out var earlier))
            {
                errors.Add(new(entry.Key, place.Path.Key(entry.Key.Text)), ConfigurationFault.DuplicateKey,
                    $"duplicate key {Quotation.OfKey(entry.Key.Text)}; it already stands in line {earlier.Key.Line}");
            }
            else
            {
                first.Add(entry.Key.Text, entry);
            }
        }

        return first.Count == mapping.Entries.Count ? mapping.Entries : mapping.Entries.Where(entry => first[entry.Key.Text].Key == entry.Key);
    }

    /// <summary>Whether something is written for the key.</summary>
    public bool Has(string key, out Place value)
    {
        var written = _entries.TryGetValue(key, out var entry) && entry.Value is not ConfigurationNode.Scalar { IsNull: true };
        value = written ? new(entry.Value, Path.Key(key)) : default;
        return written;
    }

    /// <summary>Says that a required key is absent, unless it is there under a name that was said to be wrong.</summary>
    public void Missing(string key, string message)
    {
        if (_isUnreadable || _misspelt.Contains(key))
            return;
        var node = _entries.TryGetValue(key, out var entry) ? entry.Key : _place.Node;
        _errors.Add(node, Path.Key(key), ConfigurationFault.Missing, message);
    }

    public void Wrong(string key, ConfigurationFault fault, string message)
    {
        var node = _entries.TryGetValue(key, out var entry) ? entry.Value : _place.Node;
        _errors.Add(node, Path.Key(key), fault, message);
    }

    public string? Text(string key) => Has(key, out var place) ? Text(place, _errors) : null;

    public static string? Text(Place place, DocumentErrors errors)
    {
        if (place.Node is ConfigurationNode.Scalar scalar)
            return scalar.IsNull ? "" : scalar.Text;
        errors.Add(place, ConfigurationFault.WrongType, $"expected a text, found {KindOf(place.Node)}");
        return null;
    }

    /// <summary>Whether nothing is written for the key, or an empty text.</summary>
    public bool IsEmpty(string key) => !Has(key, out var place) || place.Node is ConfigurationNode.Scalar { Text: "" };

    /// <summary>A text that must be there and not be empty.</summary>
    public string? Name(string key, string missing)
    {
        if (!IsEmpty(key))
            return Text(key);
        Missing(key, missing);
        return null;
    }

    public bool? Flag(string key)
    {
        if (!Has(key, out var place))
            return null;
        if (place.Node is ConfigurationNode.Scalar { IsQuoted: false } scalar && YamlScalar.TryReadBool(scalar.Text, out var value))
            return value;
        _errors.Add(place, ConfigurationFault.WrongType, $"{Found(place.Node, "not a truth value")}; expected true or false");
        return null;
    }

    /// <summary>A whole number; <paramref name="of"/> names its unit where it has one.</summary>
    public long? Whole(string key, long least, long most, string of = "")
    {
        if (!Has(key, out var place))
            return null;
        var expected = $"expected a whole number{of} from {least} to {most}";
        if (place.Node is not ConfigurationNode.Scalar { IsQuoted: false } scalar || !YamlScalar.TryReadWhole(scalar.Text, out var value))
        {
            _errors.Add(place, ConfigurationFault.WrongType, $"{Found(place.Node, "not a whole number")}; {expected}");
            return null;
        }

        if (value >= least && value <= most)
            return (long)value;
        _errors.Add(place, ConfigurationFault.OutOfRange, $"{scalar.Text} is out of range; {expected}");
        return null;
    }

    public TimeSpan? Duration(string key)
    {
        if (Text(key) is not { Length: > 0 } text)
            return null;
        if (GoDuration.TryParse(text, out TimeSpan duration))
            return duration;
        Wrong(key, ConfigurationFault.InvalidValue, $"{Quotation.Of(text)} is not a duration; expected one like 90s, 1m30s or 1.5h");
        return null;
    }

    public InetAddress? Address(string key)
    {
        if (Text(key) is not { Length: > 0 } text)
            return null;
        if (InetAddress.TryParse(text, out var address))
            return address;
        Wrong(key, ConfigurationFault.InvalidValue, $"{Quotation.Of(text)} is not an IP address; expected one like 192.0.2.1 or 2001:db8::1");
        return null;
    }

    public IEnumerable<Place> Items(string key)
    {
        if (!Has(key, out var place))
            return [];
        if (place.Node is ConfigurationNode.Sequence sequence)
            return sequence.Items.Select((item, index) => new Place(item, place.Path.Index(index)));
        _errors.Add(place, ConfigurationFault.WrongType, $"expected a list, found {KindOf(place.Node)}");
        return [];
    }

    private void SayUnknown(ConfigurationNode.Scalar key, IReadOnlyCollection<string> keys)
    {
        var meant = _errors.Suggestion(key.Text, keys);
        if (meant is not null)
            _misspelt.Add(meant);
        var expected = meant is null ? $"expected one of {string.Join(", ", keys)}" : $"did you mean `{meant}`?";
        _errors.Add(key, Path.Key(key.Text), ConfigurationFault.UnknownKey, $"unknown key {Quotation.OfKey(key.Text)}; {expected}");
    }

    // Names no value: what stands where a list or a mapping belongs may be a password that slipped.
    private static string KindOf(ConfigurationNode node) => node switch
    {
        ConfigurationNode.Mapping => "keys with values",
        ConfigurationNode.Sequence => "a list",
        _ => "a single value",
    };

    private static string Found(ConfigurationNode node, string isWhat) => node switch
    {
        ConfigurationNode.Scalar { IsQuoted: true } scalar => $"{Quotation.Of(scalar.Text)} is a text, since it stands in quotes",
        ConfigurationNode.Scalar scalar => $"{Quotation.Of(scalar.Text)} is {isWhat}",
        _ => "found " + KindOf(node),
    };
}
