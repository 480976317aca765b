using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MetalSharp.Kubernetes;

/// <summary>A mapping in a kubeconfig file that knows where it stands, for messages that do not quote values: they may be secret.</summary>
internal sealed class KubeconfigNode
{
    private readonly YamlMappingNode _node;

    private KubeconfigNode(string file, string path, YamlMappingNode node)
    {
        File = file;
        Path = path;
        _node = node;
    }

    public string File { get; }

    public string Path { get; }

    public static KubeconfigNode Read(string path)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(Files.Text(path, "the kubeconfig file")));
        }
        catch (YamlException e)
        {
            throw new ClusterAccessException($"{path}:{e.Start.Line}:{e.Start.Column}: not valid YAML: {e.Message}", e);
        }

        return stream.Documents switch
        {
            [] => new(path, "", []),
            [{ RootNode: YamlMappingNode root }, ..] => new(path, "", root),
            _ => throw new ClusterAccessException($"{path}: not a kubeconfig: a mapping with clusters, contexts and users is expected"),
        };
    }

    public bool Has(string key) => Child(key) is not null and not YamlScalarNode { Value: null or "" or "null" or "~" };

    /// <summary>Null when absent.</summary>
    public string? Text(string key) => Child(key) switch
    {
        null => null,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "null" or "~" or "" } => null,
        YamlScalarNode scalar => scalar.Value,
        _ => throw Fault(key, "a text is expected"),
    };

    public string Required(string key) => Text(key) is { Length: > 0 } text ? text : throw Fault(key, "missing");

    public bool Flag(string key) => Text(key) switch
    {
        null or "false" => false,
        "true" => true,
        _ => throw Fault(key, "true or false is expected"),
    };

    public KubeconfigNode? Map(string key) => Child(key) switch
    {
        null or YamlScalarNode { Value: null or "" or "null" or "~" } => null,
        YamlMappingNode map => new(File, PathOf(key), map),
        _ => throw Fault(key, "a mapping is expected"),
    };

    /// <summary>The mappings of a list; empty when absent.</summary>
    public IEnumerable<KubeconfigNode> Items(string key)
    {
        var index = 0;
        foreach (var item in Sequence(key))
        {
            yield return item is YamlMappingNode map
                ? new(File, $"{PathOf(key)}[{index++}]", map)
                : throw Fault(key, "a list of mappings is expected");
        }
    }

    /// <summary>The texts of a list; empty when absent.</summary>
    public IReadOnlyList<string> Texts(string key) =>
        [.. Sequence(key).Select(item => item is YamlScalarNode { Value: { } text } ? text : throw Fault(key, "a list of texts is expected"))];

    /// <summary>The content of <c>key-data</c>, which is base64, or of the file that <c>key</c> names, and where it came from.</summary>
    public (string Source, byte[] Bytes)? DataOrFile(string key)
    {
        if (Text($"{key}-data") is { Length: > 0 } data)
        {
            try
            {
                return ($"{File}: {PathOf($"{key}-data")}", Convert.FromBase64String(data));
            }
            catch (FormatException)
            {
                throw Fault($"{key}-data", "base64 is expected");
            }
        }

        if (Text(key) is not { Length: > 0 } path)
            return null;
        var resolved = Resolve(path);
        return (resolved, Files.Read(resolved, $"the file that {File} names in {PathOf(key)}"));
    }

    /// <summary>A path that stands in this file.</summary>
    public string Resolve(string path) => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(File))!, path);

    public string PathOf(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    public ClusterAccessException Fault(string key, string what) => new($"{File}:{(Child(key) ?? _node).Start.Line}: {PathOf(key)}: {what}");

    private YamlNode? Child(string key) => _node.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null;

    private YamlSequenceNode Sequence(string key) => Child(key) switch
    {
        null or YamlScalarNode { Value: null or "" or "null" or "~" } => [],
        YamlSequenceNode sequence => sequence,
        _ => throw Fault(key, "a list is expected"),
    };
}
