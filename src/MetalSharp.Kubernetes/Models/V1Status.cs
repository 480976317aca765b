namespace MetalSharp.Kubernetes.Models;

/// <summary>What the server says when something went wrong.</summary>
public sealed record V1Status
{
    public string? ApiVersion { get; init; }

    public string? Kind { get; init; }

    /// <summary><c>Success</c> or <c>Failure</c>.</summary>
    public string? Status { get; init; }

    public string? Message { get; init; }

    /// <summary>A CamelCase word: <c>NotFound</c>, <c>Conflict</c>, <c>Expired</c>.</summary>
    public string? Reason { get; init; }

    /// <summary>The HTTP status code, also inside a watch.</summary>
    public int? Code { get; init; }

    public V1StatusDetails? Details { get; init; }
}

/// <summary>Which object the status is about.</summary>
public sealed record V1StatusDetails
{
    public string? Name { get; init; }

    public string? Group { get; init; }

    public string? Kind { get; init; }

    public string? Uid { get; init; }

    public int? RetryAfterSeconds { get; init; }

    public IReadOnlyList<V1StatusCause>? Causes { get; init; }
}

/// <summary>One of several things that are wrong, such as one invalid field.</summary>
public sealed record V1StatusCause
{
    public string? Reason { get; init; }

    public string? Message { get; init; }

    public string? Field { get; init; }
}
