using System.Text.Json.Nodes;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>How objects of a served version become the stored form and back. Both change the node they are given.</summary>
internal sealed record ObjectConversion(Action<JsonObject> ToStored, Action<JsonObject> FromStored);
