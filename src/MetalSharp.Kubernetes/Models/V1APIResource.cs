namespace MetalSharp.Kubernetes.Models;

/// <summary>What a server has of one group and version.</summary>
public sealed record V1APIResourceList
{
    public string? GroupVersion { get; init; }

    public IReadOnlyList<V1APIResource> Resources { get => field ?? []; init; }
}

/// <summary>One kind that a server has.</summary>
public sealed record V1APIResource
{
    /// <summary>The plural, or <c>plural/subresource</c>.</summary>
    public string? Name { get; init; }

    public string? Kind { get; init; }

    public bool Namespaced { get; init; }
}

/// <summary>Which release a server is.</summary>
public sealed record VersionInfo
{
    public string? Major { get; init; }

    /// <summary>Some distributions add a plus sign.</summary>
    public string? Minor { get; init; }

    public string? GitVersion { get; init; }

    public string? Platform { get; init; }
}
