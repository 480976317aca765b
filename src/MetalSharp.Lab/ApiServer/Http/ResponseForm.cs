namespace MetalSharp.Lab.ApiServer.Http;

internal enum ResponseForm
{
    Object,
    Table,

    /// <summary>Only the metadata of each object.</summary>
    Metadata,
}

internal static class ResponseForms
{
    /// <summary>The first form of an Accept header that the server can give. Protobuf, CBOR and YAML it can't.</summary>
    public static ResponseForm Choose(string accept)
    {
        if (accept.Length == 0)
            return ResponseForm.Object;
        foreach (var range in accept.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = range.Split(';', StringSplitOptions.TrimEntries);
            if (parts[0] is not ("application/json" or "application/*" or "*/*"))
                continue;
            switch (Array.Find(parts, part => part.StartsWith("as=", StringComparison.Ordinal)))
            {
                case null:
                    return ResponseForm.Object;
                case "as=Table" when parts.Contains("v=v1"):
                    return ResponseForm.Table;
                case "as=PartialObjectMetadata" or "as=PartialObjectMetadataList" when parts.Contains("v=v1"):
                    return ResponseForm.Metadata;
            }
        }
        throw new ApiException(406, "NotAcceptable", "only the following media types are accepted: application/json");
    }
}
