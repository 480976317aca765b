using System.Net;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Kubernetes;

/// <summary>
/// A request that did not succeed: the server refused it (<see cref="StatusCode"/> says how), gave no answer, or gave one that is no
/// Kubernetes object (<see cref="StatusCode"/> is null or a success). The message has all of it, and no credentials.
/// </summary>
public sealed class KubernetesException : Exception
{
    internal KubernetesException(HttpMethod method, string path, HttpStatusCode? code, V1Status? status, string explanation, Exception? inner = null)
        : base(Describe(method, path, code, status, explanation), inner)
    {
        Method = method;
        Path = path;
        StatusCode = code;
        Status = status;
    }

    public HttpMethod Method { get; }

    /// <summary>The path of the request, without the server and the query.</summary>
    public string Path { get; }

    /// <summary>Null when there was no answer.</summary>
    public HttpStatusCode? StatusCode { get; }

    /// <summary>What the server said, when it said it in the API's own form.</summary>
    public V1Status? Status { get; }

    /// <summary>The CamelCase reason of the server, such as <c>NotFound</c> or <c>AlreadyExists</c>; empty when it gave none.</summary>
    public string Reason => Status?.Reason ?? "";

    public bool IsNotFound => StatusCode == HttpStatusCode.NotFound;

    /// <summary>The object has changed since it was read, or a field belongs to another manager.</summary>
    public bool IsConflict => StatusCode == HttpStatusCode.Conflict && Reason != "AlreadyExists";

    public bool IsAlreadyExists => StatusCode == HttpStatusCode.Conflict && Reason == "AlreadyExists";

    /// <summary>The resource version or the continue token is too old: list again.</summary>
    public bool IsGone => StatusCode == HttpStatusCode.Gone;

    private static string Describe(HttpMethod method, string path, HttpStatusCode? code, V1Status? status, string explanation)
    {
        var answer = code is { } number ? $"{(int)number} {status?.Reason ?? number.ToString()}: " : "";
        return $"{method} {path}: {answer}{status?.Message ?? explanation}";
    }
}
