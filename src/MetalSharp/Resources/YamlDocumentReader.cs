using MetalSharp.Configuration;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace MetalSharp.Resources;

/// <summary>What came of a YAML text: a root whenever there is one to go on with, and what is wrong with the text as such.</summary>
internal sealed record YamlDocument(ConfigurationNode? Root, EquatableArray<ConfigurationError> Errors);

/// <summary>
/// Builds the positioned document tree of Core from the events of a YAML parser. Never throws, whatever the text; bounded in time and memory,
/// also for texts that multiply themselves by aliases.
/// </summary>
internal sealed class YamlDocumentReader
{
    // Kubernetes limits a whole ConfigMap to 1 MiB; a file on disk gets some room beyond.
    private const int LargestText = 4 * 1024 * 1024;
    private const int DeepestNesting = 64;
    private const int MostAliasedNodes = 100_000;
    private const string StringTag = "tag:yaml.org,2002:str";

    private readonly string _text;
    private readonly string _source;
    private readonly Parser _parser;
    private readonly List<ConfigurationError> _errors = [];
    private readonly Dictionary<AnchorName, Anchored> _anchors = [];
    private int _depth;
    private int _nodes;
    private int _aliasedNodes;

    private YamlDocumentReader(string text, string source)
    {
        _text = text;
        _source = source;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Reads a text that holds one document, or none.</summary>
    public static YamlDocument Read(string text, string source)
    {
        if (text.Length > LargestText)
            return new(null, [Error(source, 1, 1, $"the text is too large: {text.Length} characters, at most {LargestText} are read")]);
        if (IndexOfForbidden(text) is var forbidden and >= 0)
        {
            var (line, column) = PositionOf(text, forbidden);
            return new(null, [Error(source, line, column, $"the character U+{(int)text[forbidden]:X4} must not stand in a YAML text")]);
        }

        var reader = new YamlDocumentReader(text.StartsWith('\uFEFF') ? text[1..] : text, source);
        var root = reader.ReadDocument();
        return new(root, reader._errors.ToEquatableArray());
    }

    private ConfigurationNode? ReadDocument()
    {
        try
        {
            _parser.MoveNext();
            _parser.MoveNext();
            if (_parser.Current is StreamEnd)
                return ConfigurationNode.Nothing;
            _parser.MoveNext();
            var root = ReadNode();
            _parser.MoveNext();
            if (_parser.Current is DocumentStart second)
                Add(second.Start, "a second document begins here; the configuration is one document");
            return root;
        }
        catch (BoundExceededException exceeded)
        {
            Add(exceeded.Start, exceeded.Message);
            return null;
        }
        catch (YamlException unreadable)
        {
            AddUnreadable(unreadable);
            return null;
        }
        catch (Exception defect) when (defect is ArgumentException or InvalidOperationException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            // The parser lets some malformed escapes through to the runtime's own conversions.
            Add(_parser.Current?.End ?? Mark.Empty, "what follows is not valid YAML");
            return null;
        }
    }

    /// <summary>Reads the node that begins with the current event, and moves past it.</summary>
    private ConfigurationNode ReadNode()
    {
        _nodes++;
        switch (_parser.Current)
        {
            case AnchorAlias alias:
                _parser.MoveNext();
                return Resolve(alias);
            case Scalar scalar:
                _parser.MoveNext();
                return Remember(scalar, 1, ReadScalar(scalar));
            case SequenceStart sequence:
                return ReadSequence(sequence);
            case MappingStart mapping:
                return ReadMapping(mapping);
            default:
                throw new YamlException(_parser.Current!.Start, _parser.Current.End, "a value is missing here");
        }
    }

    private ConfigurationNode.Scalar ReadScalar(Scalar scalar)
    {
        var isText = scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any) || IsTag(scalar, StringTag) || IsTag(scalar, "!");
        SayIfTagged(scalar, "tag:yaml.org,2002:int", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null", "tag:yaml.org,2002:float", StringTag, "!");
        var (line, column) = PositionOf(scalar.Start);
        return new(scalar.Value, isText, line, column);
    }

    private ConfigurationNode.Sequence ReadSequence(SequenceStart start)
    {
        SayIfTagged(start, "tag:yaml.org,2002:seq", "!");
        var before = _nodes;
        Enter(start);
        var items = new List<ConfigurationNode>();
        while (_parser.Current is not SequenceEnd)
            items.Add(ReadNode());
        Leave();
        var (line, column) = PositionOf(start.Start);
        return Remember(start, _nodes - before + 1, new ConfigurationNode.Sequence(items, line, column));
    }

    private ConfigurationNode.Mapping ReadMapping(MappingStart start)
    {
        SayIfTagged(start, "tag:yaml.org,2002:map", "!");
        var before = _nodes;
        Enter(start);
        var entries = new List<ConfigurationNode.Entry>();
        var merged = new List<ConfigurationNode.Mapping>();
        while (_parser.Current is not MappingEnd)
        {
            var keyStart = _parser.Current!.Start;
            var key = ReadNode();
            var value = ReadNode();
            if (key is not ConfigurationNode.Scalar name)
                Add(keyStart, "a key must be a single text, not a list or another mapping");
            else if (name is { Text: "<<", IsQuoted: false })
                ReadMerge(name, value, merged);
            else
                entries.Add(new(name, value));
        }

        Leave();
        if (merged.Count > 0)
            Merge(entries, merged);
        var (line, column) = PositionOf(start.Start);
        return Remember(start, _nodes - before + 1, new ConfigurationNode.Mapping(entries, line, column));
    }

    private void ReadMerge(ConfigurationNode.Scalar key, ConfigurationNode value, List<ConfigurationNode.Mapping> merged)
    {
        IReadOnlyList<ConfigurationNode> sources = value is ConfigurationNode.Sequence several ? several.Items : [value];
        foreach (var one in sources)
        {
            if (one is ConfigurationNode.Mapping mapping)
                merged.Add(mapping);
            else
                Add(key.Line, key.Column, "<< takes over the keys of a mapping, or of a list of mappings; its value is neither");
        }
    }

    // What stands in the mapping itself wins over what is taken over; of several sources the first wins.
    private void Merge(List<ConfigurationNode.Entry> entries, List<ConfigurationNode.Mapping> merged)
    {
        var known = entries.Select(entry => entry.Key.Text).ToHashSet(StringComparer.Ordinal);
        foreach (var mapping in merged)
        {
            CountAliased(mapping.Entries.Count, mapping);
            var added = mapping.Entries.Where(entry => !known.Contains(entry.Key.Text)).ToList();
            entries.AddRange(added);
            known.UnionWith(added.Select(entry => entry.Key.Text));
        }
    }

    // The name of an alias is not in the message: it may be a password that begins with "*" and lacks its quotes.
    private ConfigurationNode Resolve(AnchorAlias alias)
    {
        var (line, column) = PositionOf(alias.Start);
        if (!_anchors.TryGetValue(alias.Value, out var anchored))
        {
            Add(alias.Start, "this alias names no anchor that stands before it; a text that begins with * needs quotes");
            return new ConfigurationNode.Scalar("", isQuoted: false, line, column);
        }

        _nodes += anchored.Nodes;
        CountAliased(anchored.Nodes, anchored.Node);
        return anchored.Node;
    }

    private void CountAliased(int nodes, ConfigurationNode at)
    {
        _aliasedNodes += nodes;
        if (_aliasedNodes > MostAliasedNodes)
            throw new BoundExceededException(new Mark(0, at.Line, at.Column), $"aliases repeat this node and others too often; at most {MostAliasedNodes} nodes may come from aliases");
    }

    private T Remember<T>(NodeEvent started, int nodes, T node)
        where T : ConfigurationNode
    {
        if (!started.Anchor.IsEmpty)
            _anchors[started.Anchor] = new(node, nodes);
        return node;
    }

    private void Enter(NodeEvent start)
    {
        _depth++;
        if (_depth > DeepestNesting)
            throw new BoundExceededException(start.Start, $"nested too deeply; at most {DeepestNesting} levels are read");
        _parser.MoveNext();
    }

    private void Leave()
    {
        _depth--;
        _parser.MoveNext();
    }

    // Nor is the tag in the message, for the same reason as an alias.
    private void SayIfTagged(NodeEvent node, params ReadOnlySpan<string> known)
    {
        if (node.Tag.IsEmpty)
            return;
        foreach (var tag in known)
        {
            if (IsTag(node, tag))
                return;
        }

        Add(node.Start, "a tag means nothing here; a text that begins with ! needs quotes");
    }

    private static bool IsTag(NodeEvent node, string tag) => !node.Tag.IsEmpty && node.Tag.Value == tag;

    private static (int Line, int Column) PositionOf(Mark mark) => ((int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));

    // YAML 1.1 section 4.1.1. NUL matters most: the parser would take it for the end of the text, and what follows would be lost in silence.
    private static int IndexOfForbidden(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is >= ' ' and <= '~')
                continue;
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if ((char.IsControl(c) && c is not ('\t' or '\n' or '\r' or '\u0085')) || char.IsSurrogate(c) || c is '\ufffe' or '\uffff')
                return i;
        }

        return -1;
    }

    private static (int Line, int Column) PositionOf(string text, int index)
    {
        var before = text.AsSpan(0, index);
        return (before.Count('\n') + 1, index - before.LastIndexOf('\n'));
    }

    private void AddUnreadable(YamlException unreadable)
    {
        // The parser says that there is a tab, but points to where the value before it began.
        if (unreadable.Message.Contains("tab", StringComparison.Ordinal) && IndexOfIndentingTab((int)unreadable.Start.Line) is var tab and >= 0)
        {
            var (line, column) = PositionOf(_text, tab);
            Add(line, column, "a tab cannot indent; use spaces");
            return;
        }

        Add(unreadable.Start, "not valid YAML: " + char.ToLowerInvariant(unreadable.Message[0]) + unreadable.Message[1..].TrimEnd('.'));
    }

    private int IndexOfIndentingTab(int fromLine)
    {
        var (line, isIndentation) = (1, true);
        for (var i = 0; i < _text.Length; i++)
        {
            if (_text[i] == '\n')
                (line, isIndentation) = (line + 1, true);
            else if (_text[i] == '\t' && isIndentation && line >= fromLine)
                return i;
            else if (_text[i] != ' ')
                isIndentation = false;
        }

        return -1;
    }

    private void Add(Mark mark, string message)
    {
        var (line, column) = PositionOf(mark);
        Add(line, column, message);
    }

    private void Add(int line, int column, string message) => _errors.Add(Error(_source, line, column, message));

    private static ConfigurationError Error(string source, int line, int column, string message) =>
        new(source, line, column, "", message) { Fault = ConfigurationFault.Syntax };

    private sealed class BoundExceededException(Mark at, string message) : YamlException(at, at, message);

    private readonly record struct Anchored(ConfigurationNode Node, int Nodes);
}
