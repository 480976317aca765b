using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Http;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>What a kind adds to the rules all objects share. Runs on the store's loop, on the stored form.</summary>
internal abstract class ObjectRules
{
    public static readonly ObjectRules None = new Nothing();

    /// <summary>Fills in what the client left out; the object before is null on creation.</summary>
    public virtual void Complete(JsonObject next, JsonObject? before, StoreWriter store)
    {
    }

    public virtual void Validate(JsonObject next, JsonObject? before, StoreWriter store, List<FieldError> errors)
    {
    }

    /// <summary>The last step before the object is stored, when nothing can refuse it any more but a used-up range: allocations.</summary>
    public virtual void Claim(JsonObject next, JsonObject? before, bool isDryRun, List<FieldError> errors)
    {
    }

    /// <summary>Gives back what the object held.</summary>
    public virtual void Release(JsonObject last)
    {
    }

    /// <summary>Whether the status a client sends on creation is dropped.</summary>
    public virtual bool DropsStatusOnCreate => true;

    private sealed class Nothing : ObjectRules;
}
