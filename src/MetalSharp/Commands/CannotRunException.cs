namespace MetalSharp.Commands;

/// <summary>The process cannot do its work here; the message says why and what to do about it.</summary>
internal sealed class CannotRunException(string message, Exception cause) : Exception(message, cause);
