using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MetalSharp.Kubernetes.Models;

namespace MetalSharp.Kubernetes;

/// <summary>Sends requests, repeats what the server asks to be repeated, and turns every failure into a <see cref="KubernetesException"/>.</summary>
internal sealed class ApiConnection : IDisposable
{
    /// <summary>From sending a request to the last byte of its answer; for a watch, to the first.</summary>
    internal static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);

    private const int MaxRepeats = 4;
    private static readonly TimeSpan MaxRetryAfter = TimeSpan.FromSeconds(15);

    // An error's body is read for its message only.
    private const int MaxErrorBytes = 256 * 1024;

    private readonly ClusterAccess _access;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _http;
    private readonly string _prefix;
    private readonly string _userAgent;

    public ApiConnection(ClusterAccess access, TimeProvider time, string userAgent, HttpMessageHandler handler)
    {
        _access = access;
        _time = time;
        _userAgent = userAgent;
        _prefix = access.Server.AbsoluteUri.TrimEnd('/');
        _http = new(handler);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Sends a request and reads the object in its answer.</summary>
    public async Task<T> ExchangeAsync<T>(ApiRequest request, JsonTypeInfo<T> type, CancellationToken cancel) where T : class
    {
        using var deadline = new Deadline(_time, cancel);
        using var response = await SendAsync(request, deadline, cancel);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(deadline.Token);
            return await JsonSerializer.DeserializeAsync(body, type, deadline.Token) ?? throw new JsonException("the answer is null");
        }
        catch (Exception e) when (Failure(request, response.StatusCode, type, e, cancel) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>Sends a request and reads the bytes of its answer.</summary>
    public async Task<byte[]> ReadAsync(ApiRequest request, CancellationToken cancel)
    {
        using var deadline = new Deadline(_time, cancel);
        using var response = await SendAsync(request, deadline, cancel);
        try
        {
            return await response.Content.ReadAsByteArrayAsync(deadline.Token);
        }
        catch (Exception e) when (Failure(request, response.StatusCode, null, e, cancel) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>Sends a request whose answer goes on for long. Only its beginning has a time limit.</summary>
    public async Task<(HttpResponseMessage Response, Stream Body)> OpenAsync(ApiRequest request, CancellationToken cancel)
    {
        HttpResponseMessage response;
        using (var deadline = new Deadline(_time, cancel))
            response = await SendAsync(request, deadline, cancel);
        try
        {
            return (response, await response.Content.ReadAsStreamAsync(cancel));
        }
        catch (Exception e) when (Failure(request, response.StatusCode, null, e, cancel) is { } failure)
        {
            response.Dispose();
            throw failure;
        }
    }

    /// <summary>The exception that a failure while reading an answer becomes; null for what is no failure of the server's.</summary>
    public static KubernetesException? Failure(
        ApiRequest request, HttpStatusCode? code, JsonTypeInfo? type, Exception e, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested)
            return null;
        var explanation = e switch
        {
            ClusterAccessException => e.Message,
            // The connection was not made in its own, shorter time.
            OperationCanceledException { InnerException: TimeoutException inner } => $"no answer: {inner.Message}",
            OperationCanceledException => $"no answer within {RequestTimeout.TotalSeconds:0} s",
            JsonException => $"the answer is not a valid {type?.Type.Name ?? "object"}: {e.Message}",
            HttpRequestException when code is null => $"no answer: {Innermost(e).Message}",
            HttpRequestException or IOException => $"the answer broke off: {Innermost(e).Message}",
            _ => null,
        };
        return explanation is null ? null : new(request.Method, request.Path, code, null, explanation, e);
    }

    private async Task<HttpResponseMessage> SendAsync(ApiRequest request, Deadline deadline, CancellationToken cancel)
    {
        var renewed = false;
        for (var repeats = 0; ; repeats++)
        {
            HttpResponseMessage response;
            try
            {
                using var message = await CreateMessageAsync(request, deadline.Token);
                response = await _http.SendAsync(message, deadline.Token);
            }
            catch (Exception e) when (Failure(request, null, null, e, cancel) is { } failure)
            {
                throw failure;
            }

            if (response.IsSuccessStatusCode)
                return response;

            using (response)
            {
                if (response.StatusCode == HttpStatusCode.Unauthorized && !renewed && _access.Credential.Forget())
                {
                    renewed = true;
                    continue;
                }

                if (RetryAfter(response) is { } wait && repeats < MaxRepeats)
                {
                    await Task.Delay(wait, _time, cancel);
                    deadline.Restart();
                    continue;
                }

                throw await RefusalAsync(request, response, deadline.Token, cancel);
            }
        }
    }

    private async Task<HttpRequestMessage> CreateMessageAsync(ApiRequest request, CancellationToken cancel)
    {
        var message = new HttpRequestMessage(request.Method, _prefix + request.Path + request.Query)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        message.Headers.TryAddWithoutValidation("User-Agent", _userAgent);
        message.Headers.Accept.Add(new("application/json"));
        message.Headers.Authorization = await _access.Credential.AuthorizeAsync(_time, cancel);
        if (request.Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body);
            message.Content.Headers.ContentType = new(request.ContentType!);
        }

        return message;
    }

    /// <summary>How long the server asks to wait; null when it does not ask to be asked again.</summary>
    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable))
            return null;
        var wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - _time.GetUtcNow(),
            _ => (TimeSpan?)null,
        };
        return wait is { } asked ? TimeSpan.FromTicks(Math.Clamp(asked.Ticks, 0, MaxRetryAfter.Ticks)) : null;
    }

    private static async Task<KubernetesException> RefusalAsync(
        ApiRequest request, HttpResponseMessage response, CancellationToken deadline, CancellationToken cancel)
    {
        V1Status? status = null;
        var explanation = response.ReasonPhrase ?? "";
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxErrorBytes, deadline);
            var body = await response.Content.ReadAsByteArrayAsync(deadline);
            explanation = Summary(body) ?? explanation;
            status = JsonSerializer.Deserialize(body, ModelContext.Default.V1Status);
        }
        catch (Exception e) when (e is JsonException || Failure(request, response.StatusCode, null, e, cancel) is not null)
        {
            // A proxy on the way, or a server that broke off while it refused: the status code has to do.
        }

        return new(request.Method, request.Path, response.StatusCode, status?.Kind == "Status" ? status : null, explanation);
    }

    /// <summary>The beginning of an answer that is not the API's, such as a proxy's page, on one line.</summary>
    private static string? Summary(ReadOnlySpan<byte> body)
    {
        var text = Encoding.UTF8.GetString(body[..Math.Min(body.Length, 300)]);
        var words = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return words.Length == 0 ? null : words;
    }

    private static Exception Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
            e = inner;
        return e;
    }

    /// <summary>The caller's token, and the request timeout on the given clock.</summary>
    private sealed class Deadline : IDisposable
    {
        private readonly CancellationTokenSource _linked;
        private readonly ITimer _timer;

        public Deadline(TimeProvider time, CancellationToken cancel)
        {
            _linked = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            _timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), _linked, RequestTimeout, Timeout.InfiniteTimeSpan);
        }

        public CancellationToken Token => _linked.Token;

        public void Restart() => _timer.Change(RequestTimeout, Timeout.InfiniteTimeSpan);

        public void Dispose()
        {
            _timer.Dispose();
            _linked.Dispose();
        }
    }
}
