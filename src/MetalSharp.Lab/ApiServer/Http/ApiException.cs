using System.Globalization;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Resources;

namespace MetalSharp.Lab.ApiServer.Http;

/// <summary>One field that a request got wrong, in the words of the API's field errors.</summary>
internal readonly record struct FieldError(string Reason, string Field, string Message)
{
    public static FieldError Required(string field, string detail = "") =>
        new("FieldValueRequired", field, detail.Length == 0 ? "Required value" : $"Required value: {detail}");

    public static FieldError Invalid(string field, string value, string detail) =>
        new("FieldValueInvalid", field, $"Invalid value: {value}: {detail}");

    public static FieldError InvalidText(string field, string value, string detail) => Invalid(field, $"\"{value}\"", detail);

    public static FieldError Duplicate(string field, string value) => new("FieldValueDuplicate", field, $"Duplicate value: {value}");

    public static FieldError Forbidden(string field, string detail) => new("FieldValueForbidden", field, $"Forbidden: {detail}");

    public static FieldError NotSupported(string field, string value, params IEnumerable<string> supported) =>
        new("FieldValueNotSupported", field,
            $"Unsupported value: \"{value}\": supported values: {string.Join(", ", supported.Select(one => $"\"{one}\""))}");
}

/// <summary>A request that is refused: the status code, and the Status object that says why.</summary>
internal sealed class ApiException(int code, string reason, string message, JsonObject? details = null) : Exception(message)
{
    public int Code { get; } = code;

    public string Reason { get; } = reason;

    public JsonObject ToStatus()
    {
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = Message,
            ["reason"] = Reason,
        };
        if (details is not null)
            status["details"] = details.DeepClone();
        status["code"] = Code;
        return status;
    }

    public static ApiException BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiException Unauthorized() => new(401, "Unauthorized", "Unauthorized");

    public static ApiException Forbidden(ResourceName resource, string name, string why) =>
        new(403, "Forbidden", $"{Qualified(resource, name)} is forbidden: {why}", Details(resource.Group, resource.Plural, name));

    public static ApiException NotFound(ResourceName resource, string name) =>
        new(404, "NotFound", $"{resource} \"{name}\" not found", Details(resource.Group, resource.Plural, name));

    public static ApiException NoSuchPath() => new(404, "NotFound", "the server could not find the requested resource", []);

    public static ApiException MethodNotAllowed(string what) => new(405, "MethodNotAllowed", what);

    public static ApiException AlreadyExists(ResourceName resource, string name) =>
        new(409, "AlreadyExists", $"{resource} \"{name}\" already exists", Details(resource.Group, resource.Plural, name));

    public static ApiException Conflict(ResourceName resource, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {resource} \"{name}\": {why}", Details(resource.Group, resource.Plural, name));

    public static ApiException Stale(ResourceName resource, string name) => Conflict(
        resource, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static ApiException Expired(string message) => new(410, "Expired", message);

    public static ApiException UnsupportedMediaType(string message) => new(415, "UnsupportedMediaType", message);

    public static ApiException Invalid(string kind, string group, string name, IReadOnlyList<FieldError> errors)
    {
        var texts = errors.Select(error => $"{error.Field}: {error.Message}").ToList();
        var what = group.Length == 0 ? kind : $"{kind}.{group}";
        var details = Details(group, kind, name);
        details["causes"] = new JsonArray([.. errors.Select(error => new JsonObject
        {
            ["reason"] = error.Reason,
            ["message"] = error.Message,
            ["field"] = error.Field,
        })]);
        var text = texts is [var only] ? only : $"[{string.Join(", ", texts)}]";
        return new ApiException(422, "Invalid", $"{what} \"{name}\" is invalid: {text}", details);
    }

    public static ApiException Unprocessable(string message) => new(422, "Invalid", message);

    public static string Quote(object value) => string.Create(CultureInfo.InvariantCulture, $"\"{value}\"");

    private static string Qualified(ResourceName resource, string name) => (resource.Plural.Length, name.Length) switch
    {
        (0, _) => "unknown",
        (_, 0) => resource.ToString(),
        _ => $"{resource} \"{name}\"",
    };

    private static JsonObject Details(string group, string kind, string name)
    {
        var details = new JsonObject();
        if (name.Length > 0)
            details["name"] = name;
        if (group.Length > 0)
            details["group"] = group;
        details["kind"] = kind;
        return details;
    }
}
