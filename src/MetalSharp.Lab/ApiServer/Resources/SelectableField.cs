using System.Text.Json.Nodes;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>A field that a field selector may name, and where its value is in the stored object.</summary>
internal sealed record SelectableField(string Label, string Path, string WhenAbsent = "")
{
    private readonly string[] _path = Path.Split('.');

    public static implicit operator SelectableField(string path) => new(path, path);

    public string Read(JsonObject stored) => stored.At(_path) is { } value ? value.Display() : WhenAbsent;
}
