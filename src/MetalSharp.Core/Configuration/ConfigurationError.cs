using System.Globalization;

namespace MetalSharp.Configuration;

/// <summary>What kind of mistake a <see cref="ConfigurationError"/> is.</summary>
public enum ConfigurationFault
{
    /// <summary>The text is no document at all, or one that is not read (several documents, too large, too deep).</summary>
    Syntax,

    /// <summary>A key that means nothing at its place.</summary>
    UnknownKey,

    /// <summary>A key that stands twice in one mapping.</summary>
    DuplicateKey,

    /// <summary>Something required is absent.</summary>
    Missing,

    /// <summary>A list where a text belongs, a text where a number belongs.</summary>
    WrongType,

    /// <summary>The right type, but no such value exists.</summary>
    InvalidValue,

    /// <summary>A value of the right form, too small or too large.</summary>
    OutOfRange,

    /// <summary>Two entries say the same, or bear the same name.</summary>
    Duplicate,

    /// <summary>Two ranges share addresses.</summary>
    Overlap,

    /// <summary>A name that nothing in the configuration bears.</summary>
    UnknownReference,

    /// <summary>Two values that are fine alone and wrong together.</summary>
    Conflict,
}

/// <summary>
/// One mistake in a configuration, with its place. <see cref="Line"/> and <see cref="Column"/> count from 1 in the text that was read;
/// <see cref="Path"/> is like <c>address-pools[1].addresses[0]</c>, empty for the document itself. Never contains a secret.
/// </summary>
public sealed record ConfigurationError(string Source, int Line, int Column, string Path, string Message)
{
    public required ConfigurationFault Fault { get; init; }

    public override string ToString()
    {
        var path = Path.Length == 0 ? "" : Path + ": ";
        return string.Create(CultureInfo.InvariantCulture, $"{Source}:{Line}:{Column}: error: {path}{Message}");
    }
}

/// <summary>What reading a configuration comes to: all of it, or every reason why not.</summary>
public abstract record ConfigurationResult
{
    private ConfigurationResult()
    {
    }

    /// <summary>The configuration is in order.</summary>
    public sealed record Valid(LoadBalancerConfiguration Configuration) : ConfigurationResult;

    /// <summary>The configuration is refused as a whole; at least one error, in the order of the text.</summary>
    public sealed record Invalid(EquatableArray<ConfigurationError> Errors) : ConfigurationResult;
}
