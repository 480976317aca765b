using System.Globalization;
using System.Text;

namespace MetalSharp.Controller;

/// <summary>The words about a ConfigMap for its events. A note holds 1 kB, so a long list goes into several; none is cut short.</summary>
internal static class ConfigurationNotes
{
    private const int LongestNote = 1024;

    // Room for what stands before the list.
    private const int LongestList = LongestNote - 160;

    public static IReadOnlyList<string> Of(ConfigurationNews? news) => news switch
    {
        ConfigurationNews.Invalid { Errors: var errors } => Notes(
            errors.Count == 1 ? "1 error" : $"{errors.Count} errors",
            errors.Select(error => string.Create(CultureInfo.InvariantCulture,
                $"line {error.Line}, column {error.Column}: {(error.Path.Length > 0 ? error.Path + ": " : "")}{error.Message}"))),
        ConfigurationNews.Refused { Lost: var lost } => Notes(
            lost.Count == 1 ? "1 Service would lose its IP" : $"{lost.Count} Services would lose their IPs",
            lost.Select(loss => $"{loss.Service}: {loss.Message}")),
        _ => [],
    };

    private static List<string> Notes(string heading, IEnumerable<string> lines)
    {
        var lists = new List<StringBuilder>();
        var room = 0;
        foreach (var line in lines)
        {
            var size = Encoding.UTF8.GetByteCount(line) + 2;
            if (lists.Count == 0 || size > room)
            {
                lists.Add(new());
                room = LongestList;
            }

            if (lists[^1].Length > 0)
                lists[^1].Append("; ");
            lists[^1].Append(line);
            room -= size;
        }

        return [.. lists.Select((list, index) =>
            $"the last good configuration stays in force, {heading}{(lists.Count > 1 ? $" ({index + 1}/{lists.Count})" : "")}: {list}")];
    }
}
