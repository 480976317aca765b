namespace MetalSharp.Configuration;

public sealed partial class ConfigMapReader
{
    private List<BfdProfile> ReadBfdProfiles(DocumentSection root)
    {
        var profiles = new List<BfdProfile>();
        var names = new Dictionary<string, Place>(StringComparer.Ordinal);
        foreach (var item in root.Items("bfd-profiles"))
        {
            var section = new DocumentSection(item, ConfigMapKeys.BfdProfile, _errors);
            var before = _errors.Count;
            var profile = ReadBfdProfile(section);
            if (profile.Name.Length == 0 || !IsNew(section, profile.Name, names, "BFD profile"))
                continue;
            var isRight = _errors.Count == before;
            _bfdProfiles[profile.Name] = isRight ? profile : null;
            if (isRight)
                profiles.Add(profile);
        }

        return profiles;
    }

    private static BfdProfile ReadBfdProfile(DocumentSection section)
    {
        var defaults = new BfdProfile(section.Name("name", "missing; a BFD profile needs a name that peers can refer to") ?? "");
        return defaults with
        {
            ReceiveInterval = Interval("receive-interval") ?? defaults.ReceiveInterval,
            TransmitInterval = Interval("transmit-interval") ?? defaults.TransmitInterval,
            DetectMultiplier = (int?)section.Whole("detect-multiplier", 2, 255) ?? defaults.DetectMultiplier,
            EchoInterval = Interval("echo-interval") ?? defaults.EchoInterval,
            EchoMode = section.Flag("echo-mode") ?? defaults.EchoMode,
            PassiveMode = section.Flag("passive-mode") ?? defaults.PassiveMode,
            MinimumTtl = (int?)section.Whole("minimum-ttl", 1, 254) ?? defaults.MinimumTtl,
        };

        TimeSpan? Interval(string key) =>
            section.Whole(key, 10, 60_000, " of milliseconds") is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;
    }

    /// <summary>Remembers a name, and says where it stands already.</summary>
    private static bool IsNew(DocumentSection section, string name, Dictionary<string, Place> names, string what)
    {
        section.Has("name", out var place);
        if (names.TryAdd(name, place))
            return true;
        var first = names[name];
        section.Wrong("name", ConfigurationFault.Duplicate,
            $"duplicate {what} {Quotation.Of(name)}; {first.Path} in line {first.Node.Line} bears that name already");
        return false;
    }
}
