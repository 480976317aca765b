using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Kubernetes;

/// <summary>
/// The Kubernetes API, typed. Every failure is a <see cref="KubernetesException"/>; cancellation is an <see cref="OperationCanceledException"/>.
/// May be used from many threads at once.
/// </summary>
public sealed class KubernetesClient : IDisposable
{
    /// <summary>How many items <see cref="ListAllAsync"/> asks for at a time.</summary>
    public const int PageSize = 500;

    private readonly ApiConnection _connection;

    /// <param name="access">Where the cluster is and who we are.</param>
    /// <param name="time">The clock of timeouts and retries.</param>
    /// <param name="userAgent">Names the program; the server takes the part before the slash as the manager of the fields that it writes.</param>
    public KubernetesClient(ClusterAccess access, TimeProvider time, string userAgent = "metalsharp-kubernetes")
        : this(access, time, userAgent, Transport.CreateHandler(access))
    {
    }

    internal KubernetesClient(ClusterAccess access, TimeProvider time, string userAgent, HttpMessageHandler handler)
    {
        Access = access;
        _connection = new(access, time, userAgent, handler);
    }

    public ClusterAccess Access { get; }

    public void Dispose() => _connection.Dispose();

    public Task<T> GetAsync<T>(ResourceKind<T> kind, string? @namespace, string name, CancellationToken cancel = default)
        where T : class, IKubernetesObject =>
        _connection.ExchangeAsync(new(HttpMethod.Get, kind.Path(@namespace, name)), kind.ObjectType, cancel);

    /// <summary>Null when there is no such object.</summary>
    public async Task<T?> FindAsync<T>(ResourceKind<T> kind, string? @namespace, string name, CancellationToken cancel = default)
        where T : class, IKubernetesObject
    {
        try
        {
            return await GetAsync(kind, @namespace, name, cancel);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>One page of the objects of a namespace, or of all namespaces when it is null.</summary>
    public Task<KubernetesList<T>> ListAsync<T>(
        ResourceKind<T> kind, string? @namespace = null, ListOptions? options = null, CancellationToken cancel = default)
        where T : class, IKubernetesObject
    {
        var query = new Query()
            .Add("limit", options?.Limit)
            .Add("continue", options?.Continue)
            .Add("labelSelector", options?.LabelSelector)
            .Add("fieldSelector", options?.FieldSelector)
            .Add("resourceVersion", options?.ResourceVersion)
            .Add("resourceVersionMatch", options?.ResourceVersionMatch);
        return _connection.ExchangeAsync(new(HttpMethod.Get, kind.Path(@namespace), query.ToString()), kind.ListType, cancel);
    }

    /// <summary>
    /// All pages as one list, all of the same version. When the server forgets that version between two pages, everything is asked for again
    /// in one piece.
    /// </summary>
    public async Task<KubernetesList<T>> ListAllAsync<T>(
        ResourceKind<T> kind, string? @namespace = null, ListOptions? options = null, CancellationToken cancel = default)
        where T : class, IKubernetesObject
    {
        var first = (options ?? new()) with { Limit = options?.Limit ?? PageSize };
        var page = await ListAsync(kind, @namespace, first, cancel);
        if (string.IsNullOrEmpty(page.Metadata.Continue))
            return page;

        List<T> items = [.. page.Items];
        while (!string.IsNullOrEmpty(page.Metadata.Continue))
        {
            try
            {
                // A continue token implies the version; the server refuses both together.
                page = await ListAsync(
                    kind, @namespace, first with { Continue = page.Metadata.Continue, ResourceVersion = null, ResourceVersionMatch = null }, cancel);
            }
            catch (KubernetesException e) when (e.IsGone)
            {
                return await ListAsync(kind, @namespace, first with { Limit = null }, cancel);
            }

            items.AddRange(page.Items);
        }

        return page with { Items = items };
    }

    /// <summary>
    /// The changes after a version, until the server ends the watch, the connection breaks (an exception) or the caller cancels. There is no
    /// timeout on the silence between two events: that is the caller's to set, see <see cref="Informer{T}"/>.
    /// </summary>
    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        ResourceKind<T> kind, string? @namespace = null, WatchOptions? options = null, [EnumeratorCancellation] CancellationToken cancel = default)
        where T : class, IKubernetesObject
    {
        using var stream = await OpenWatchAsync(kind, @namespace, options ?? new(), cancel);
        while (await stream.NextAsync(cancel) is { } happened)
            yield return happened;
    }

    /// <summary>A watch that the server has granted.</summary>
    internal async Task<WatchStream<T>> OpenWatchAsync<T>(ResourceKind<T> kind, string? @namespace, WatchOptions options, CancellationToken cancel)
        where T : class, IKubernetesObject
    {
        var query = new Query()
            .Add("watch", "true")
            .Add("resourceVersion", options.ResourceVersion)
            .Add("labelSelector", options.LabelSelector)
            .Add("fieldSelector", options.FieldSelector)
            .Add("timeoutSeconds", (int?)options.Timeout?.TotalSeconds)
            .Add("allowWatchBookmarks", options.AllowBookmarks ? "true" : null);
        var request = new ApiRequest(HttpMethod.Get, kind.Path(@namespace), query.ToString());
        var (response, body) = await _connection.OpenAsync(request, cancel);
        return new(kind, request, response, body);
    }

    /// <summary>Creates an object in the namespace that its metadata names.</summary>
    public Task<T> CreateAsync<T>(ResourceKind<T> kind, T created, CancellationToken cancel = default) where T : class, IKubernetesObject
    {
        if (kind.Namespaced && created.Metadata.Namespace is null)
            throw new ArgumentException($"a {kind.Kind} needs a namespace", nameof(created));
        return _connection.ExchangeAsync(
            ApiRequest.Json(HttpMethod.Post, kind.Path(created.Metadata.Namespace), Patch.ToJson(kind, created)), kind.ObjectType, cancel);
    }

    /// <summary>
    /// Replaces an object, provided it still has the resource version of its metadata. The models hold only the fields that are read, so
    /// writing one back REMOVES every other field: use it for kinds that are modelled whole (leases, config maps, secrets, events) and
    /// <see cref="PatchAsync"/> for the rest.
    /// </summary>
    public Task<T> UpdateAsync<T>(ResourceKind<T> kind, T updated, string? subresource = null, CancellationToken cancel = default)
        where T : class, IKubernetesObject =>
        _connection.ExchangeAsync(
            ApiRequest.Json(
                HttpMethod.Put, kind.Path(updated.Metadata.Namespace, ObjectName.Of(updated).Name, subresource), Patch.ToJson(kind, updated)),
            kind.ObjectType,
            cancel);

    /// <summary>Changes an object, or with the subresource <c>status</c> its status alone, and gives its new state.</summary>
    public Task<T> PatchAsync<T>(
        ResourceKind<T> kind, string? @namespace, string name, Patch patch, string? subresource = null, CancellationToken cancel = default)
        where T : class, IKubernetesObject
    {
        var query = new Query().Add("fieldManager", patch.FieldManager).Add("force", patch.Force ? "true" : null);
        return _connection.ExchangeAsync(
            new(HttpMethod.Patch, kind.Path(@namespace, name, subresource), query.ToString(), patch.Body, patch.ContentType), kind.ObjectType, cancel);
    }

    /// <summary>Asks for an object to be deleted. It may stay a while, with a deletion timestamp, until its finalizers are done.</summary>
    public async Task DeleteAsync<T>(
        ResourceKind<T> kind, string? @namespace, string name, DeleteOptions? options = null, CancellationToken cancel = default)
        where T : class, IKubernetesObject
    {
        var path = kind.Path(@namespace, name);
        if (options is null)
        {
            await _connection.ReadAsync(new(HttpMethod.Delete, path), cancel);
            return;
        }

        var preconditions = new JsonObject();
        if (options.Uid is { } uid)
            preconditions["uid"] = uid;
        if (options.ResourceVersion is { } version)
            preconditions["resourceVersion"] = version;
        var body = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions", ["preconditions"] = preconditions };
        if (options.Propagation is { } propagation)
            body["propagationPolicy"] = propagation.ToString();
        await _connection.ReadAsync(ApiRequest.Json(HttpMethod.Delete, path, body), cancel);
    }

    /// <summary>Whether the server has the kind, in this version.</summary>
    public async Task<bool> IsInstalledAsync(ResourceKind kind, CancellationToken cancel = default)
    {
        try
        {
            var found = await _connection.ExchangeAsync(new(HttpMethod.Get, kind.GroupPath), ModelContext.Default.V1APIResourceList, cancel);
            return found.Resources.Any(resource => resource.Name == kind.Plural);
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return false;
        }
    }

    public Task<VersionInfo> GetVersionAsync(CancellationToken cancel = default) =>
        _connection.ExchangeAsync(new(HttpMethod.Get, "/version"), ModelContext.Default.VersionInfo, cancel);

    /// <summary>The answer to a GET as it came, for tools. The path begins with a slash and may have a query.</summary>
    public async Task<string> GetRawAsync(string pathAndQuery, CancellationToken cancel = default)
    {
        var question = pathAndQuery.IndexOf('?', StringComparison.Ordinal);
        var request = question < 0
            ? new ApiRequest(HttpMethod.Get, pathAndQuery)
            : new ApiRequest(HttpMethod.Get, pathAndQuery[..question], pathAndQuery[question..]);
        return Encoding.UTF8.GetString(await _connection.ReadAsync(request, cancel));
    }
}
