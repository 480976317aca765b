using System.Globalization;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Resources;
using MetalSharp.Lab.ApiServer.Selectors;
using MetalSharp.Lab.ApiServer.Storage;
using Microsoft.AspNetCore.Http;

namespace MetalSharp.Lab.ApiServer.Http;

/// <summary>Answers the requests that read and write stored objects.</summary>
internal sealed class ResourceRequests(ClusterStore store, ObjectWrites writes, TimeSpan bookmarkInterval, TimeProvider clock)
{
    private static readonly TimeSpan MinWatchTime = TimeSpan.FromMinutes(30);

    public async Task<int> HandleAsync(HttpContext context, RequestInfo info, ServedResource resource, CancellationToken stop)
    {
        if (resource.Type.Namespaced ? info.Namespace.Length == 0 && info.Name.Length > 0 && info.Verb is not ("list" or "watch")
            : info.Namespace.Length > 0 && resource.Type.Kind != "Namespace")
        {
            throw ApiException.NoSuchPath();
        }
        var isScale = info.Subresource == "scale" && resource.HasScale;
        if (info.Subresource.Length > 0 && !isScale && !(info.Subresource == "status" && resource.HasStatus) && info.Subresource != "finalize")
            throw ApiException.NoSuchPath();

        var query = context.Request.Query;
        var view = new ObjectView(resource, ResponseForms.Choose(context.Request.Headers.Accept.ToString()), query["includeObject"].ToString(), clock);
        var key = new ObjectKey(resource.Type.Namespaced ? info.Namespace : "", info.Name);
        var options = new WriteOptions(
            ManagerName(context), query["dryRun"].Contains("All"), info.Subresource == "finalize" ? "" : info.Subresource);
        switch (info.Verb)
        {
            case "get":
                var found = Find(resource, key);
                if (isScale)
                    return await context.SendAsync(200, ScaleView.Of(found));
                return await SendAsync(context, 200, view, found);
            case "list":
                return await ListAsync(context, resource, info, view);
            case "watch":
                await WatchAsync(context, resource, info, view, stop);
                return 200;
            case "create" when info.Name.Length == 0:
                var body = await context.ReadObjectAsync();
                var created = await store.WriteAsync(writer => writes.Create(writer, resource, key.Namespace, body, options));
                return await SendAsync(context, 201, view, created);
            case "update" when isScale:
                var scale = await context.ReadObjectAsync();
                return await context.SendAsync(200, ScaleView.Of(await store.WriteAsync(writer =>
                    writes.Patch(writer, resource, key, live => ScaleView.Set(live, scale), options with { Subresource = "" }))));
            case "update":
                var replacement = await context.ReadObjectAsync();
                var updated = await store.WriteAsync(writer => writes.Update(writer, resource, key, replacement, options));
                return await SendAsync(context, 200, view, updated);
            case "patch":
                return await PatchAsync(context, resource, key, view, options, isScale);
            case "delete":
                return await DeleteAsync(context, resource, key, view, options);
            case "deletecollection":
                return await DeleteCollectionAsync(context, resource, info, view, options);
            default:
                throw ApiException.MethodNotAllowed("the server does not allow this method on the requested resource");
        }
    }

    private StoredObject Find(ServedResource resource, ObjectKey key) =>
        store.Log(resource.Type.Bucket).Find(key) ?? throw ApiException.NotFound(resource.Name, key.Name);

    private static async Task<int> SendAsync(HttpContext context, int code, ObjectView view, StoredObject stored)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        view.WriteObject(context.Response.BodyWriter, stored);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        return code;
    }

    private async Task<int> ListAsync(HttpContext context, ServedResource resource, RequestInfo info, ObjectView view)
    {
        var query = context.Request.Query;
        var list = ObjectList.Read(store, resource, info.Namespace, new ListQuery
        {
            Labels = LabelSelector.Parse(query["labelSelector"].ToString()),
            Fields = FieldSelector.Parse(query["fieldSelector"].ToString(), resource),
            Limit = int.TryParse(query["limit"], NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : 0,
            Continue = query["continue"].ToString(),
            ResourceVersion = query["resourceVersion"].ToString(),
            IsExact = query["resourceVersionMatch"] == "Exact",
        });
        var meta = new JsonObject { ["resourceVersion"] = list.Revision.ToString(CultureInfo.InvariantCulture) };
        if (list.Continue is not null)
            meta["continue"] = list.Continue;
        if (list.Remaining is { } remaining)
            meta["remainingItemCount"] = remaining;
        context.Response.ContentType = "application/json";
        view.WriteList(context.Response.BodyWriter, list.Items, meta);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        return 200;
    }

    private async Task WatchAsync(HttpContext context, ServedResource resource, RequestInfo info, ObjectView view, CancellationToken stop)
    {
        var query = context.Request.Query;
        var (labels, fields) = (LabelSelector.Parse(query["labelSelector"].ToString()), FieldSelector.Parse(query["fieldSelector"].ToString(), resource));
        // A watch on one object by its path selects it like a field selector.
        var only = info.Name.Length > 0 && fields.Name is null ? info.Name : null;
        var since = ParseRevision(query["resourceVersion"].ToString());
        var sendInitial = query["sendInitialEvents"].ToString();
        var request = new WatchRequest(stored =>
            (info.Namespace.Length == 0 || !resource.Type.Namespaced || stored.Key.Namespace == info.Namespace)
            && (only is null || stored.Key.Name == only) && fields.Matches(stored) && labels.Matches(stored.Labels))
        {
            Since = sendInitial == "true" ? null : since,
            SendInitialEvents = sendInitial == "true" || (sendInitial.Length == 0 && since is null or 0),
            AnnounceEndOfInitialEvents = sendInitial == "true",
            AllowBookmarks = query["allowWatchBookmarks"].ToString() is "true" or "1",
            Timeout = int.TryParse(query["timeoutSeconds"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
                ? TimeSpan.FromSeconds(seconds)
                : MinWatchTime * (1 + Random.Shared.NextDouble()),
            BookmarkInterval = bookmarkInterval,
        };
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stop);
        var stream = new WatchStream(store, store.Log(resource.Type.Bucket), view, request, context.Response, clock);
        try
        {
            await stream.RunAsync(ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // The client has gone, or the server stops: an outage cuts watches off, it doesn't end them politely.
            context.Abort();
        }
    }

    private async Task<int> PatchAsync(
        HttpContext context, ServedResource resource, ObjectKey key, ObjectView view, WriteOptions options, bool isScale)
    {
        var mediaType = context.Request.ContentType?.Split(';')[0].Trim() ?? "";
        var body = await context.ReadBodyAsync();
        if (mediaType == PatchBody.ApplyMediaType)
        {
            if (context.Request.Query["fieldManager"].ToString() is not { Length: > 0 })
            {
                throw ApiException.Invalid("PatchOptions", "meta.k8s.io", "",
                    [FieldError.Required("fieldManager", "is required for apply patch")]);
            }
            var configuration = PatchBody.ReadConfiguration(body);
            var isForced = context.Request.Query["force"].ToString() is "true" or "1";
            var (applied, isCreated) = await store.WriteAsync(writer => writes.Apply(writer, resource, key, configuration, isForced, options));
            return await SendAsync(context, isCreated ? 201 : 200, view, applied);
        }
        var patch = PatchBody.Read(mediaType, body, resource);
        if (isScale)
        {
            return await context.SendAsync(200, ScaleView.Of(await store.WriteAsync(writer => writes.Patch(writer, resource, key,
                live => ScaleView.Set(live, patch(ScaleView.Of(live))), options with { Subresource = "" }))));
        }
        return await SendAsync(context, 200, view, await store.WriteAsync(writer => writes.Patch(writer, resource, key, patch, options)));
    }

    private async Task<int> DeleteAsync(HttpContext context, ServedResource resource, ObjectKey key, ObjectView view, WriteOptions options)
    {
        var policy = await ReadPolicyAsync(context, options);
        var (stored, isGone) = await store.WriteAsync(writer => writes.Delete(writer, resource.Type,
            writer.Find(resource.Type, key) ?? throw ApiException.NotFound(resource.Name, key.Name), policy));
        if (!isGone)
            return await SendAsync(context, 200, view, stored);
        var details = new JsonObject { ["name"] = key.Name };
        if (resource.Group.Length > 0)
            details["group"] = resource.Group;
        details["kind"] = resource.Type.Plural;
        details["uid"] = stored.Uid;
        return await context.SendAsync(200, new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["details"] = details,
        });
    }

    private async Task<int> DeleteCollectionAsync(
        HttpContext context, ServedResource resource, RequestInfo info, ObjectView view, WriteOptions options)
    {
        var query = context.Request.Query;
        var policy = await ReadPolicyAsync(context, options);
        var labels = LabelSelector.Parse(query["labelSelector"].ToString());
        var fields = FieldSelector.Parse(query["fieldSelector"].ToString(), resource);
        var deleted = await store.WriteAsync(writer =>
        {
            var chosen = writer.Range(resource.Type, info.Namespace).Where(one => labels.Matches(one.Labels) && fields.Matches(one)).ToList();
            foreach (var stored in chosen)
                writes.Delete(writer, resource.Type, stored, policy);
            return chosen;
        });
        context.Response.ContentType = "application/json";
        view.WriteList(context.Response.BodyWriter, deleted, new JsonObject { ["resourceVersion"] = $"{store.Revision}" });
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
        return 200;
    }

    private static async Task<DeletionPolicy> ReadPolicyAsync(HttpContext context, WriteOptions options)
    {
        var body = await context.ReadBodyAsync();
        var given = body.IsEmpty ? null : context.ParseObject(body);
        return DeletionPolicy.Read(given, context.Request.Query["propagationPolicy"].ToString(), options.IsDryRun);
    }

    private static long? ParseRevision(string text)
    {
        if (text.Length == 0)
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var revision)
            ? revision
            : throw ApiException.BadRequest($"invalid resource version \"{text}\"");
    }

    // Who writes: what the client says, else the first word of its user agent.
    private static string ManagerName(HttpContext context)
    {
        var named = context.Request.Query["fieldManager"].ToString();
        if (named.Length > 0)
            return named;
        var agent = context.Request.Headers.UserAgent.ToString().Split('/', ' ')[0];
        return agent.Length == 0 ? "unknown" : agent;
    }
}
