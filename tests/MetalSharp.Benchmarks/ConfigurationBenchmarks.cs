using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using MetalSharp.Configuration;
using MetalSharp.Resources;

namespace MetalSharp.Benchmarks;

/// <summary>Reading a ConfigMap as large as Kubernetes allows: 1 MB of pools and addresses. Target: under 50 ms.</summary>
[MemoryDiagnoser]
public class ConfigurationBenchmarks
{
    private string _text = "";
    private ConfigurationNode _document = ConfigurationNode.Nothing;

    [GlobalSetup]
    public void Setup()
    {
        var text = new StringBuilder("address-pools:\n");
        for (var block = 0; text.Length < 1_000_000; block++)
        {
            if (block % 64 == 0)
                text.Append(CultureInfo.InvariantCulture, $"- name: pool-{block / 64}\n  protocol: layer2\n  addresses:\n");
            text.Append(CultureInfo.InvariantCulture, $"  - 10.{block >> 12 & 255}.{block >> 4 & 255}.{(block & 15) * 16}-10.{block >> 12 & 255}.{block >> 4 & 255}.{(block & 15) * 16 + 9}\n");
        }

        _text = text.ToString();
        _document = YamlDocumentReader.Read(_text, "config").Root!;
        if (ConfigMapSource.Read(_text, "config") is not ConfigurationResult.Valid)
            throw new InvalidOperationException("the text to measure with is not valid");
    }

    [Benchmark]
    public object Text_to_configuration() => ConfigMapSource.Read(_text, "config");

    [Benchmark]
    public object Document_to_configuration() => ConfigMapReader.Read(_document, "config");
}
