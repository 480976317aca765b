namespace MetalSharp.Lab.ApiServer.Patching;

/// <summary>A patch that can't be applied; the message says why.</summary>
internal sealed class PatchException(string message) : Exception(message);
