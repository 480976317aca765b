using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Resources;
using MetalSharp.Lab.ApiServer.Storage;
using MetalSharp.Lab.ApiServer.Tables;

namespace MetalSharp.Lab.ApiServer.Http;

/// <summary>How stored objects are shown to one client: in the version and the form it asked for.</summary>
internal sealed class ObjectView(ServedResource resource, ResponseForm form, string includeObject, TimeProvider clock)
{
    /// <summary>Kept for a watch: only its first event carries the column definitions.</summary>
    private bool _columnsShown;

    public void WriteObject(IBufferWriter<byte> output, StoredObject stored)
    {
        switch (form)
        {
            case ResponseForm.Object:
                output.Write(Render(stored).Span);
                break;
            case ResponseForm.Metadata:
                output.Write(MetadataOf(stored).ToUtf8());
                break;
            default:
                WriteTable(output, [stored], new JsonObject { ["resourceVersion"] = $"{stored.Revision}" });
                break;
        }
    }

    public void WriteList(IBufferWriter<byte> output, IReadOnlyList<StoredObject> items, JsonObject listMeta)
    {
        if (form == ResponseForm.Table)
        {
            WriteTable(output, items, listMeta);
            return;
        }
        var (kind, apiVersion) = form == ResponseForm.Object
            ? (resource.Type.Kind + "List", resource.ApiVersion)
            : ("PartialObjectMetadataList", "meta.k8s.io/v1");
        output.Write(Encoding.UTF8.GetBytes(
            $"{{\"kind\":\"{kind}\",\"apiVersion\":\"{apiVersion}\",\"metadata\":{listMeta.ToJsonString()},\"items\":["));
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0)
                output.Write(","u8);
            WriteObject(output, items[i]);
        }
        output.Write("]}"u8);
    }

    /// <summary>A bookmark has no content but where the watch has got to.</summary>
    public void WriteBookmark(IBufferWriter<byte> output, long revision, bool endsInitialEvents)
    {
        var meta = new JsonObject { ["resourceVersion"] = $"{revision}" };
        if (endsInitialEvents)
            meta["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        var marker = form switch
        {
            ResponseForm.Object => new JsonObject { ["kind"] = resource.Type.Kind, ["apiVersion"] = resource.ApiVersion, ["metadata"] = meta },
            ResponseForm.Metadata => new JsonObject { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = meta },
            _ => new JsonObject
            {
                ["kind"] = "Table",
                ["apiVersion"] = "meta.k8s.io/v1",
                ["metadata"] = meta.DeepClone(),
                ["columnDefinitions"] = null,
                ["rows"] = new JsonArray(new JsonObject
                {
                    ["cells"] = new JsonArray(),
                    ["object"] = new JsonObject { ["kind"] = "PartialObjectMetadata", ["apiVersion"] = "meta.k8s.io/v1", ["metadata"] = meta },
                }),
            },
        };
        output.Write(marker.ToUtf8());
    }

    /// <summary>The object as this version serves it.</summary>
    public ReadOnlyMemory<byte> Render(StoredObject stored) =>
        resource is { IsStorageForm: true, Conversion: null } ? stored.Json : Served(stored).ToUtf8();

    private JsonObject Served(StoredObject stored)
    {
        var json = stored.Parse();
        resource.Conversion?.FromStored(json);
        json["apiVersion"] = resource.ApiVersion;
        return json;
    }

    private static JsonObject MetadataOf(StoredObject stored) => MetadataOf(stored.Parse());

    private static JsonObject MetadataOf(JsonObject content) => new()
    {
        ["kind"] = "PartialObjectMetadata",
        ["apiVersion"] = "meta.k8s.io/v1",
        ["metadata"] = content.Meta().DeepClone(),
    };

    private void WriteTable(IBufferWriter<byte> output, IReadOnlyList<StoredObject> items, JsonObject listMeta)
    {
        var now = clock.GetUtcNow();
        var table = new JsonObject
        {
            ["kind"] = "Table",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = listMeta,
            ["columnDefinitions"] = _columnsShown ? null : Table.Definitions(resource.Columns),
        };
        _columnsShown = true;
        var rows = new JsonArray();
        foreach (var stored in items)
        {
            var content = stored.Parse();
            var row = new JsonObject { ["cells"] = Table.Cells(resource.Columns, content, now) };
            if (includeObject == "Object")
                row["object"] = Served(stored);
            else if (includeObject != "None")
                row["object"] = MetadataOf(content);
            rows.Add(row);
        }
        table["rows"] = rows;
        output.Write(table.ToUtf8());
    }
}
