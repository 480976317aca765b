namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>A resource without its version: "services", "leases.coordination.k8s.io".</summary>
internal readonly record struct ResourceName(string Group, string Plural)
{
    public override string ToString() => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}
