using MetalSharp.Configuration;
using MetalSharp.Resources;

namespace MetalSharp.Tests.Configuration;

/// <summary>What a user finds in config/samples and deploy/ works as it stands.</summary>
public sealed class SamplesTests
{
    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(Path.Combine(SharedCases.RepositoryRoot(), "config", "samples"), "*.yaml").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_sample_is_made_of_objects_that_this_project_serves(string file)
    {
        foreach (var manifest in Manifests("config", "samples", file))
        {
            Assert.Equal("v1", manifest.Text("apiVersion"));
            Assert.NotEqual("", manifest.Text("metadata", "name"));
            switch (manifest.Text("kind"))
            {
                case "ConfigMap":
                    Assert.Equal("config", manifest.Text("metadata", "name"));
                    Assert.IsType<ConfigurationResult.Valid>(ConfigMapSource.Read(manifest.Text("data", "config"), file));
                    break;
                case "Service":
                    Assert.Equal("LoadBalancer", manifest.Text("spec", "type"));
                    Assert.NotEmpty(manifest.Items("spec", "ports"));
                    break;
                case var other:
                    Assert.Fail($"{file} has a {other}");
                    break;
            }
        }
    }

    [Fact]
    public void The_example_in_use_since_2019_is_one_layer2_pool_and_a_Service_in_it()
    {
        var manifests = Manifests("config", "samples", "layer2.yaml");
        Assert.Equal(["ConfigMap", "Service"], manifests.Select(manifest => manifest.Text("kind")));
        Assert.Equal("metallb-system", manifests[0].Text("metadata", "namespace"));
        var valid = Assert.IsType<ConfigurationResult.Valid>(ConfigMapSource.Read(manifests[0].Text("data", "config"), "config"));
        Assert.Equal("pool default layer2 192.168.3.100/30 192.168.3.104/29 192.168.3.112/28 192.168.3.128/26 192.168.3.192/29 192.168.3.200/32 False True ", valid.Configuration.Describe());
        Assert.Equal("192.168.3.100", manifests[1].Text("spec", "loadBalancerIP"));
        Assert.NotEmpty(manifests[1].Items("spec", "loadBalancerSourceRanges"));
        Assert.Equal(("8080", "80"), (manifests[1].Items("spec", "ports")[0].Text("port"), manifests[1].Items("spec", "ports")[0].Text("targetPort")));
    }

    [Fact]
    public void The_full_sample_uses_every_key()
    {
        var document = YamlDocumentReader.Read(Manifests("config", "samples", "full.yaml")[0].Text("data", "config"), "full.yaml").Root!;
        var used = new HashSet<string>();
        Collect(document, "", used);
        Assert.Empty(ConfigMapKeys.All.Except(used));
    }

    [Fact]
    public void The_ConfigMap_of_the_base_is_empty_and_valid() =>
        Assert.Equal(new ConfigurationResult.Valid(LoadBalancerConfiguration.Empty), ConfigMapSource.Read(Manifests("deploy", "base", "config.yaml")[0].Text("data", "config"), "config"));

    private static void Collect(ConfigurationNode node, string path, HashSet<string> used)
    {
        used.Add(path);
        if (node is ConfigurationNode.Sequence sequence)
        {
            foreach (var item in sequence.Items)
                Collect(item, path + "[]", used);
        }
        else if (node is ConfigurationNode.Mapping mapping)
        {
            foreach (var (key, value) in mapping.Entries)
                Collect(value, path.Length == 0 ? key.Text : $"{path}.{key.Text}", used);
        }
    }

    private static List<ConfigurationNode> Manifests(params string[] path) =>
        [.. File.ReadAllText(Path.Combine([SharedCases.RepositoryRoot(), .. path])).Split("\n---\n").Select(text =>
        {
            var document = YamlDocumentReader.Read(text, path[^1]);
            Assert.Empty(document.Errors);
            return document.Root!;
        })];
}

internal static class ManifestNode
{
    public static string Text(this ConfigurationNode manifest, params string[] way) => ((ConfigurationNode.Scalar)manifest.At(way)).Text;

    public static IReadOnlyList<ConfigurationNode> Items(this ConfigurationNode manifest, params string[] way) => ((ConfigurationNode.Sequence)manifest.At(way)).Items;

    private static ConfigurationNode At(this ConfigurationNode manifest, string[] way) =>
        way.Aggregate(manifest, (node, key) => ((ConfigurationNode.Mapping)node).Entries.Single(entry => entry.Key.Text == key).Value);
}
