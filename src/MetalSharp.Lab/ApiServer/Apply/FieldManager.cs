namespace MetalSharp.Lab.ApiServer.Apply;

/// <summary>Who owns fields: the same client counts apart by how it writes, in which version and through which subresource.</summary>
internal sealed record FieldManager(string Name, string Operation, string ApiVersion, string Subresource)
{
    public const string ApplyOperation = "Apply";
    public const string UpdateOperation = "Update";

    public bool Applies => Operation == ApplyOperation;
}
