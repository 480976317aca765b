namespace MetalSharp.Configuration;

/// <summary>Collects what is wrong with one document: everything, as far as anybody could read it.</summary>
internal sealed class DocumentErrors(string source)
{
    // A text of a megabyte can hold half a million mistakes.
    private const int MostKept = 10_000;
    private const int MostSuggestions = 100;

    private readonly List<ConfigurationError> _errors = [];

    public int Count { get; private set; }

    public void Add(Place place, ConfigurationFault fault, string message) => Add(place.Node, place.Path, fault, message);

    /// <summary>For a path that ends where <paramref name="node"/> has no part: a key that is absent.</summary>
    public void Add(ConfigurationNode node, DocumentPath path, ConfigurationFault fault, string message)
    {
        Count++;
        if (Count <= MostKept)
            _errors.Add(new(source, node.Line, node.Column, path.ToString(), message) { Fault = fault });
    }

    /// <summary>The word that was meant. Looking for it costs more than anything else that is said about a mistake, so not every one gets it.</summary>
    public string? Suggestion(string written, IEnumerable<string> words) => Count < MostSuggestions ? NearMiss.Of(written, words) : null;

    /// <summary>In the order of the text; errors at one place in the order they were found.</summary>
    public EquatableArray<ConfigurationError> InOrder()
    {
        var ordered = _errors.OrderBy(error => error.Line).ThenBy(error => error.Column).ToList();
        if (Count > MostKept)
            ordered.Add(ordered[^1] with { Path = "", Message = $"and {Count - MostKept} errors more" });
        return ordered.ToEquatableArray();
    }
}
