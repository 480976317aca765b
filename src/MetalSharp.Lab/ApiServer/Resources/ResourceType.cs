using System.Collections.Immutable;
using MetalSharp.Lab.ApiServer.Patching;

namespace MetalSharp.Lab.ApiServer.Resources;

/// <summary>A kind of object the server stores: its names, and the rules that its objects follow whatever version a client speaks.</summary>
internal sealed record ResourceType
{
    public required string Group { get; init; }

    public required string Plural { get; init; }

    public required string Kind { get; init; }

    public required bool Namespaced { get; init; }

    /// <summary>The apiVersion of the stored form.</summary>
    public required string StorageApiVersion { get; init; }

    public string Singular { get; init; } = "";

    public ImmutableArray<string> ShortNames { get; init; } = [];

    public ImmutableArray<string> Categories { get; init; } = [];

    public ImmutableArray<SelectableField> SelectableFields { get; init; } = [];

    /// <summary>Whether metadata.generation counts changes of what the user wants.</summary>
    public bool CountsGenerations { get; init; }

    public bool IsCustom { get; init; }

    /// <summary>Whether an update without a resourceVersion overwrites, as most built-in kinds allow.</summary>
    public bool AllowsBlindUpdate { get; init; } = true;

    public ObjectRules Rules { get; init; } = ObjectRules.None;

    public string Bucket => Name.ToString();

    public ResourceName Name => new(Group, Plural);
}

/// <summary>A resource as one group and version serves it: what a request's path names.</summary>
internal sealed record ServedResource(ResourceType Type, string Group, string Version)
{
    public required MergeSchema Schema { get; init; }

    public ImmutableArray<Tables.Column> Columns { get; init; } = Tables.Column.NameAndAge;

    public bool HasStatus { get; init; }

    public bool HasScale { get; init; }

    /// <summary>Translates between this version and the stored form; null when only apiVersion differs or nothing does.</summary>
    public ObjectConversion? Conversion { get; init; }

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    public ResourceName Name => new(Group, Type.Plural);

    public bool IsStorageForm => ApiVersion == Type.StorageApiVersion;
}
