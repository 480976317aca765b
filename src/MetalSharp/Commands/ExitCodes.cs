namespace MetalSharp.Commands;

/// <summary>What the program's exit code says besides 0.</summary>
internal static class ExitCodes
{
    /// <summary>It could not do its work; a line says why and what to do.</summary>
    public const int Failed = 1;

    public const int UnusableArguments = 2;
}
