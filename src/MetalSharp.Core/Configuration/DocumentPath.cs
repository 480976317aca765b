using System.Globalization;

namespace MetalSharp.Configuration;

/// <summary>The way from the document's root to a node. Becomes text only when there is something to say about it.</summary>
internal sealed class DocumentPath
{
    public static readonly DocumentPath Root = new(null, null, 0);

    private readonly DocumentPath? _parent;
    private readonly string? _key;
    private readonly int _index;

    private DocumentPath(DocumentPath? parent, string? key, int index)
    {
        _parent = parent;
        _key = key;
        _index = index;
    }

    public DocumentPath Key(string key) => new(this, key, 0);

    public DocumentPath Index(int index) => new(this, null, index);

    public override string ToString()
    {
        if (_parent is null)
            return "";
        var before = _parent.ToString();
        if (_key is null)
            return string.Create(CultureInfo.InvariantCulture, $"{before}[{_index}]");
        if (!IsPlain(_key))
            return $"{before}[{Quotation.Of(_key)}]";
        return before.Length == 0 ? _key : $"{before}.{_key}";
    }

    private static bool IsPlain(string key)
    {
        foreach (var c in key)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                return false;
        }

        return key.Length is > 0 and <= 63;
    }
}

/// <summary>A node together with the way to it.</summary>
internal readonly record struct Place(ConfigurationNode Node, DocumentPath Path);
