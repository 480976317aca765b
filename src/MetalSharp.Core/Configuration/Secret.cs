namespace MetalSharp.Configuration;

/// <summary>A password or key. Prints as <c>***</c>, so that no log line, message or record's text can show it.</summary>
public sealed record Secret
{
    private readonly string _value;

    public Secret(string value) => _value = value;

    /// <summary>The value itself, for the one place that hands it to the kernel or to a cipher.</summary>
    public string Reveal() => _value;

    public override string ToString() => "***";
}
