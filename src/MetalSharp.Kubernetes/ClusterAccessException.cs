namespace MetalSharp.Kubernetes;

/// <summary>The cluster can't be reached as configured. The message names the file and the field, and says what to do; it holds no secret.</summary>
public sealed class ClusterAccessException : Exception
{
    internal ClusterAccessException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
