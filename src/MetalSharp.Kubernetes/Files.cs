namespace MetalSharp.Kubernetes;

/// <summary>Reads small files; what goes wrong says which file it was and what it was for.</summary>
internal static class Files
{
    public static byte[] Read(string path, string what)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ClusterAccessException($"{path}: {what} can't be read: {e.Message}", e);
        }
    }

    public static string Text(string path, string what) => System.Text.Encoding.UTF8.GetString(Read(path, what)).TrimStart('\uFEFF');
}
