using System.Text.Json.Nodes;

namespace MetalSharp.Lab.ApiServer.Patching;

/// <summary>JSON merge patch, RFC 7386.</summary>
internal static class MergePatch
{
    /// <summary>Changes the target in place.</summary>
    public static void Apply(JsonObject target, JsonObject patch)
    {
        foreach (var (key, value) in patch)
        {
            switch (value)
            {
                case null:
                    target.Remove(key);
                    break;
                case JsonObject part:
                    if (target[key] is not JsonObject present)
                        target[key] = present = [];
                    Apply(present, part);
                    break;
                default:
                    target[key] = value.DeepClone();
                    break;
            }
        }
    }
}
