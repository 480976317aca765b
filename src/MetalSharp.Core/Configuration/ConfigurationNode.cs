namespace MetalSharp.Configuration;

/// <summary>
/// A node of a configuration document, whatever it was written in, with the place where it stands.
/// Lines and columns count from 1. Nodes may be shared (an alias is the node it names), but never form a cycle.
/// </summary>
public abstract class ConfigurationNode
{
    private ConfigurationNode(int line, int column)
    {
        Line = line;
        Column = column;
    }

    public int Line { get; }

    public int Column { get; }

    /// <summary>What an empty document holds.</summary>
    public static ConfigurationNode Nothing { get; } = new Scalar("", isQuoted: false, 1, 1);

    /// <summary>A single value, still as text: only the reader of a key knows what it should be.</summary>
    public sealed class Scalar(string text, bool isQuoted, int line, int column) : ConfigurationNode(line, column)
    {
        public string Text { get; } = text;

        /// <summary>Whether the value was written so that it can only be a text: quoted, as a block, or tagged as a string.</summary>
        public bool IsQuoted { get; } = isQuoted;

        /// <summary>Nothing was written, or the word for nothing.</summary>
        public bool IsNull => !IsQuoted && Text is "" or "~" or "null" or "Null" or "NULL";
    }

    /// <summary>Keys with values in the order of the document. A key may occur twice: to say so is the reader's part.</summary>
    public sealed class Mapping(IReadOnlyList<Entry> entries, int line, int column) : ConfigurationNode(line, column)
    {
        public IReadOnlyList<Entry> Entries { get; } = entries;
    }

    /// <summary>Values in the order of the document.</summary>
    public sealed class Sequence(IReadOnlyList<ConfigurationNode> items, int line, int column) : ConfigurationNode(line, column)
    {
        public IReadOnlyList<ConfigurationNode> Items { get; } = items;
    }

    /// <summary>One key of a mapping with its value.</summary>
    public readonly record struct Entry(Scalar Key, ConfigurationNode Value);
}
