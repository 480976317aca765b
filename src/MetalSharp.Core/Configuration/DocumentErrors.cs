namespace MetalSharp.Configuration;

/// <summary>Collects what is wrong with one document.</summary>
internal sealed class DocumentErrors(string source)
{
    private readonly List<ConfigurationError> _errors = [];

    public int Count => _errors.Count;

    public void Add(Place place, ConfigurationFault fault, string message) => Add(place.Node, place.Path, fault, message);

    /// <summary>For a path that ends where <paramref name="node"/> has no part: a key that is absent.</summary>
    public void Add(ConfigurationNode node, DocumentPath path, ConfigurationFault fault, string message) =>
        _errors.Add(new(source, node.Line, node.Column, path.ToString(), message) { Fault = fault });

    /// <summary>In the order of the text; errors at one place in the order they were found.</summary>
    public EquatableArray<ConfigurationError> InOrder() =>
        _errors.OrderBy(error => error.Line).ThenBy(error => error.Column).ToEquatableArray();
}
