using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Http;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>What a deletion asks for: what happens to dependents, and which object exactly is meant.</summary>
internal sealed record DeletionPolicy
{
    public const string OrphanFinalizer = "orphan";
    public const string ForegroundFinalizer = "foregroundDeletion";

    public static readonly DeletionPolicy Background = new();
    public static readonly DeletionPolicy Foreground = new() { Finalizer = ForegroundFinalizer };

    /// <summary>The finalizer that holds the object until its dependents are seen to; null when they follow by themselves.</summary>
    public string? Finalizer { get; init; }

    public string? Uid { get; init; }

    public string? ResourceVersion { get; init; }

    public bool IsDryRun { get; init; }

    public static DeletionPolicy Read(JsonObject? options, string queryPolicy, bool isDryRun) => new()
    {
        Finalizer = (options.Text("propagationPolicy") ?? queryPolicy) switch
        {
            "" or "Background" => options.Flag("orphanDependents") == true ? OrphanFinalizer : null,
            "Foreground" => ForegroundFinalizer,
            "Orphan" => OrphanFinalizer,
            var unknown => throw ApiException.BadRequest($"invalid propagation policy \"{unknown}\""),
        },
        Uid = options.Text("preconditions", "uid"),
        ResourceVersion = options.Text("preconditions", "resourceVersion"),
        IsDryRun = isDryRun || options.List("dryRun").Any(),
    };
}
