using MetalSharp.Lab.ApiServer.Http;
using MetalSharp.Lab.ApiServer.Resources;
using MetalSharp.Lab.ApiServer.Storage;

namespace MetalSharp.Lab.ApiServer.Selectors;

/// <summary>A field selector bound to the fields a resource can be selected by.</summary>
internal sealed record FieldSelector
{
    public static readonly FieldSelector Everything = new();

    private readonly record struct Term(int Field, string Value, bool IsEqual);

    private const int NameField = -1;
    private const int NamespaceField = -2;

    private IReadOnlyList<Term> Terms { get; init; } = [];

    /// <summary>The one name this selector lets through, or null.</summary>
    public string? Name { get; private init; }

    public static FieldSelector Parse(string text, ServedResource resource)
    {
        var terms = new List<Term>();
        foreach (var (label, value, isEqual) in Split(text))
            terms.Add(new Term(IndexOf(label, resource), value, isEqual));
        return terms.Count == 0 ? Everything : new FieldSelector { Terms = terms, Name = NameIn(text) };
    }

    /// <summary>The name a selector asks for, before it is known which resource it is for.</summary>
    public static string? NameIn(string text) => text.Contains("metadata.name", StringComparison.Ordinal)
        ? Split(text).FirstOrDefault(term => term is { Label: "metadata.name", IsEqual: true }).Value
        : null;

    public bool Matches(StoredObject stored)
    {
        foreach (var term in Terms)
        {
            var actual = term.Field switch
            {
                NameField => stored.Key.Name,
                NamespaceField => stored.Key.Namespace,
                var index => stored.Fields[index],
            };
            if (string.Equals(actual, term.Value, StringComparison.Ordinal) != term.IsEqual)
                return false;
        }
        return true;
    }

    private static int IndexOf(string label, ServedResource resource)
    {
        switch (label)
        {
            case "metadata.name":
                return NameField;
            case "metadata.namespace" when resource.Type.Namespaced:
                return NamespaceField;
        }
        var fields = resource.Type.SelectableFields;
        for (var i = 0; i < fields.Length; i++)
        {
            if (fields[i].Label == label)
                return i;
        }
        throw ApiException.BadRequest($"field label not supported: {label}");
    }

    private static IEnumerable<(string Label, string Value, bool IsEqual)> Split(string text)
    {
        foreach (var term in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = term.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw ApiException.BadRequest($"invalid field selector \"{text}\": can't understand '{term}'");
            var isEqual = term[equals - 1] != '!';
            var value = term[(equals + 1)..];
            if (isEqual && value.StartsWith('='))
                value = value[1..];
            yield return (term[..(isEqual ? equals : equals - 1)], value, isEqual);
        }
    }
}
