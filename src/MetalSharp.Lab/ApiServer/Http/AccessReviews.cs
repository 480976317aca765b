using System.Collections.Immutable;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Access;

namespace MetalSharp.Lab.ApiServer.Http;

/// <summary>The resources that answer a question and store nothing: may I, who am I, is this token good.</summary>
internal sealed class AccessReviews(Authorizer authorizer, ServiceAccountTokens tokens)
{
    /// <summary>Answers into the object that asked, as the API does.</summary>
    public JsonObject Answer(string resource, JsonObject review, UserInfo user)
    {
        review["status"] = resource switch
        {
            "selfsubjectreviews" => new JsonObject { ["userInfo"] = ToJson(user) },
            "selfsubjectaccessreviews" => Decide(user, review.At("spec")),
            "subjectaccessreviews" or "localsubjectaccessreviews" => Decide(SubjectOf(review.At("spec")), review.At("spec")),
            "selfsubjectrulesreviews" => Rules(user, review.Text("spec", "namespace") ?? ""),
            "tokenreviews" => Recognize(review.Text("spec", "token") ?? ""),
            _ => throw ApiException.NoSuchPath(),
        };
        return review;
    }

    private static UserInfo SubjectOf(JsonNode? spec) =>
        new(spec.Text("user") ?? "", [.. spec.List("groups").Select(group => group.AsText() ?? "")]);

    private JsonObject Decide(UserInfo user, JsonNode? spec)
    {
        AccessRequest request;
        if (spec.At("nonResourceAttributes") is { } plain)
        {
            request = new AccessRequest(plain.Text("verb") ?? "") { Path = plain.Text("path") ?? "" };
        }
        else
        {
            var asked = spec.At("resourceAttributes");
            var subresource = asked.Text("subresource") is { Length: > 0 } part ? "/" + part : "";
            request = new AccessRequest(asked.Text("verb") ?? "")
            {
                Group = asked.Text("group") ?? "",
                Resource = asked.Text("resource") + subresource,
                Name = asked.Text("name") ?? "",
                Namespace = asked.Text("namespace") ?? "",
            };
        }
        return new JsonObject { ["allowed"] = authorizer.Policy().Allows(user, request) };
    }

    private JsonObject Rules(UserInfo user, string @namespace)
    {
        var rules = authorizer.Policy().RulesFor(user, @namespace).ToList();
        if (user.IsMaster)
            rules = [new AccessRule(["*"], ["*"], ["*"], [], []), new AccessRule(["*"], [], [], [], ["*"])];
        return new JsonObject
        {
            ["resourceRules"] = new JsonArray([.. rules.Where(rule => rule.Paths.IsEmpty).Select(rule =>
            {
                var json = new JsonObject { ["verbs"] = Texts(rule.Verbs), ["apiGroups"] = Texts(rule.Groups), ["resources"] = Texts(rule.Resources) };
                if (!rule.Names.IsEmpty)
                    json["resourceNames"] = Texts(rule.Names);
                return json;
            })]),
            ["nonResourceRules"] = new JsonArray([.. rules.Where(rule => !rule.Paths.IsEmpty).Select(rule =>
                new JsonObject { ["verbs"] = Texts(rule.Verbs), ["nonResourceURLs"] = Texts(rule.Paths) })]),
            ["incomplete"] = false,
        };
    }

    private JsonObject Recognize(string token) => tokens.Recognize(token) is { } user
        ? new JsonObject { ["authenticated"] = true, ["user"] = ToJson(user), ["audiences"] = new JsonArray(ServiceAccountTokens.Audience) }
        : new JsonObject { ["error"] = "the token is not valid" };

    private static JsonObject ToJson(UserInfo user)
    {
        var json = new JsonObject { ["username"] = user.Name };
        if (user.Uid.Length > 0)
            json["uid"] = user.Uid;
        json["groups"] = Texts(user.Groups);
        return json;
    }

    private static JsonArray Texts(ImmutableArray<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
