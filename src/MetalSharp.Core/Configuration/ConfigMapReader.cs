namespace MetalSharp.Configuration;

/// <summary>
/// Reads the configuration that operators write into a ConfigMap, in the format of MetalLB 0.7 to 0.12. Everything wrong with it is said at once,
/// each with its place; nothing is taken from a document that has a mistake.
/// </summary>
public sealed partial class ConfigMapReader
{
    private readonly DocumentErrors _errors;
    private readonly Dictionary<string, BgpCommunity?> _communities = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BfdProfile?> _bfdProfiles = new(StringComparer.Ordinal);

    private ConfigMapReader(DocumentErrors errors) => _errors = errors;

    /// <summary>Reads a whole document. <paramref name="source"/> is what errors call it: a file name, or the name of the object.</summary>
    public static ConfigurationResult Read(ConfigurationNode document, string source)
    {
        var errors = new DocumentErrors(source);
        var configuration = new ConfigMapReader(errors).Read(document);
        return errors.Count == 0 ? new ConfigurationResult.Valid(configuration) : new ConfigurationResult.Invalid(errors.InOrder());
    }

    private LoadBalancerConfiguration Read(ConfigurationNode document)
    {
        var root = new DocumentSection(new(document, DocumentPath.Root), ConfigMapKeys.Root, _errors);
        // What others refer to by name comes first, whatever the order of the text.
        ReadCommunities(root);
        var profiles = ReadBfdProfiles(root);
        return new()
        {
            BfdProfiles = profiles.ToEquatableArray(),
            Peers = ReadPeers(root).ToEquatableArray(),
            Pools = ReadPools(root).ToEquatableArray(),
        };
    }

    /// <summary>
    /// The value a name refers to. Says that nothing bears the name; stays silent where something does that was refused already.
    /// </summary>
    private T? Resolve<T>(Place place, string name, Dictionary<string, T?> known, string expected)
    {
        if (known.TryGetValue(name, out var value))
            return value;
        var meant = _errors.Suggestion(name, known.Keys) is { } near ? $"; did you mean {Quotation.Of(near)}?" : "";
        _errors.Add(place, ConfigurationFault.UnknownReference, $"{Quotation.Of(name)} is {expected}{meant}");
        return default;
    }
}
