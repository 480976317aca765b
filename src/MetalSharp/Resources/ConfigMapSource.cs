using MetalSharp.Configuration;

namespace MetalSharp.Resources;

/// <summary>The configuration in a ConfigMap: the text under one key of its data. Lines and columns of errors count in that text.</summary>
internal static class ConfigMapSource
{
    /// <summary>The key MetalLB reads, and so does MetalSharp.</summary>
    public const string Key = "config";

    /// <summary>Reads the data of a ConfigMap; <paramref name="source"/> is what errors call it, such as <c>metallb-system/config</c>.</summary>
    public static ConfigurationResult Read(IReadOnlyDictionary<string, string>? data, string source)
    {
        if (data is not null && data.TryGetValue(Key, out var text))
            return Read(text, source);
        var found = data is null or { Count: 0 } ? "it has no data at all" : "it has " + string.Join(", ", data.Keys.Order(StringComparer.Ordinal).Select(key => $"`{key}`"));
        return new ConfigurationResult.Invalid(
        [
            new(source, 1, 1, "", $"the ConfigMap has no key `{Key}` under data; {found}") { Fault = ConfigurationFault.Missing },
        ]);
    }

    /// <summary>Reads the text of a configuration, from a ConfigMap or from a file.</summary>
    public static ConfigurationResult Read(string text, string source)
    {
        var document = YamlDocumentReader.Read(text, source);
        if (document.Root is null)
            return new ConfigurationResult.Invalid(document.Errors);
        return ConfigMapReader.Read(document.Root, source) switch
        {
            ConfigurationResult.Valid valid when document.Errors.IsEmpty => valid,
            ConfigurationResult.Invalid invalid => new ConfigurationResult.Invalid(
                document.Errors.Concat(invalid.Errors).OrderBy(error => error.Line).ThenBy(error => error.Column).ToEquatableArray()),
            _ => new ConfigurationResult.Invalid(document.Errors),
        };
    }
}
