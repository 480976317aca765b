using System.Reflection;
using System.Xml.Linq;
using MetalSharp.Kubernetes;
using MetalSharp.Net;

namespace MetalSharp.Tests;

public sealed class PublicTypesTests
{
    [Theory]
    [InlineData(typeof(InetAddress))]
    [InlineData(typeof(KubernetesClient))]
    public void Every_public_type_is_documented(Type anyTypeOfTheAssembly)
    {
        var assembly = anyTypeOfTheAssembly.Assembly;
        var documented = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml"))
            .Descendants("member")
            .Select(member => member.Attribute("name")!.Value)
            .ToHashSet();
        var silent = assembly.GetExportedTypes()
            .Where(type => !type.IsNested || type.DeclaringType!.IsPublic)
            .Select(type => "T:" + type.FullName!.Replace('+', '.'))
            .Where(name => !documented.Contains(name));
        Assert.Empty(silent);
    }
}
