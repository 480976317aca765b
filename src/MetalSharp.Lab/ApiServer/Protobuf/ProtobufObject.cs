using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MetalSharp.Lab.ApiServer.Http;

namespace MetalSharp.Lab.ApiServer.Protobuf;

/// <summary>Objects in the protobuf encoding of Kubernetes (https://protobuf.dev/programming-guides/encoding/), read as JSON.</summary>
internal static class ProtobufObject
{
    public const string MediaType = "application/vnd.kubernetes.protobuf";

    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;

    /// <summary>Reads the envelope: four bytes of magic, then which kind it is and the kind's own message.</summary>
    public static JsonObject Parse(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith("k8s\0"u8))
            throw ApiException.BadRequest("the body is not a Kubernetes object in protobuf");
        var (apiVersion, kind) = ("", "");
        ReadOnlySpan<byte> raw = default;
        var envelope = new Reader(body[4..]);
        while (envelope.Next(out var number, out _, out var content))
        {
            if (number == 2)
            {
                raw = content;
            }
            else if (number == 1)
            {
                var typeMeta = new Reader(content);
                while (typeMeta.Next(out var member, out _, out var text))
                    (apiVersion, kind) = member == 1 ? (Encoding.UTF8.GetString(text), kind) : (apiVersion, Encoding.UTF8.GetString(text));
            }
        }
        if (ProtobufSchema.Find(kind) is null)
            throw ApiException.UnsupportedMediaType($"a {kind} is not understood in protobuf, send it as application/json");
        var message = ReadMessage(raw, kind);
        message["apiVersion"] = apiVersion;
        message["kind"] = kind;
        return message;
    }

    private static JsonObject ReadMessage(ReadOnlySpan<byte> bytes, string type)
    {
        var fields = ProtobufSchema.Find(type)!;
        var message = new JsonObject();
        var reader = new Reader(bytes);
        while (reader.Next(out var number, out var scalar, out var content))
        {
            var isZero = scalar == 0 && content.IsEmpty;
            if (!fields.TryGetValue(number, out var field))
            {
                if (!isZero && type != "Empty")
                    throw ApiException.UnsupportedMediaType($"field {number} of {type} is not understood in protobuf, send it as application/json");
                continue;
            }
            if (field.IsMap)
                ReadEntry(content, field.Type, message.Section(field.Name));
            else if (field.IsList)
                List(message, field.Name).Add(ReadValue(scalar, content, field.Type));
            else if (!isZero || field.KeepsZero || (ProtobufSchema.Find(field.Type) is not null && field.Type is not ("Time" or "Empty")))
                message[field.Name] = ReadValue(scalar, content, field.Type);
        }
        return message;
    }

    private static JsonArray List(JsonObject message, string name)
    {
        if (message[name] is not JsonArray list)
            message[name] = list = [];
        return list;
    }

    private static void ReadEntry(ReadOnlySpan<byte> bytes, string type, JsonObject map)
    {
        var key = "";
        JsonNode? value = null;
        var reader = new Reader(bytes);
        while (reader.Next(out var number, out var scalar, out var content))
        {
            if (number == 1)
                key = Encoding.UTF8.GetString(content);
            else
                value = ReadValue(scalar, content, type);
        }
        map[key] = value ?? "";
    }

    private static JsonNode? ReadValue(ulong scalar, ReadOnlySpan<byte> content, string type)
    {
        switch (type)
        {
            case "string":
                return Encoding.UTF8.GetString(content);
            case "bool":
                return scalar != 0;
            case "int":
                return (long)scalar;
            case "bytes":
                return Convert.ToBase64String(content);
        }
        var message = ReadMessage(content, type);
        return type switch
        {
            "Time" => DateTimeOffset.FromUnixTimeSeconds(message.Number("seconds") ?? 0).UtcDateTime
                .ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            "IntOrString" when message.Number("type") == 1 => message.Text("strVal") ?? "",
            "IntOrString" => message.Number("intVal") ?? 0,
            "Quantity" => message.Text("string") ?? "0",
            _ => message,
        };
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public bool Next(out int number, out ulong scalar, out ReadOnlySpan<byte> content)
        {
            number = 0;
            scalar = 0;
            content = default;
            if (_rest.IsEmpty)
                return false;
            var tag = ReadVarint();
            number = (int)(tag >> 3);
            switch ((int)(tag & 7))
            {
                case Varint:
                    scalar = ReadVarint();
                    return true;
                case LengthDelimited:
                    content = Take(ReadVarint());
                    return true;
                case Fixed64:
                    content = Take(8);
                    return true;
                case Fixed32:
                    content = Take(4);
                    return true;
                default:
                    throw Malformed();
            }
        }

        private ulong ReadVarint()
        {
            ulong value = 0;
            for (var shift = 0; shift < 64; shift += 7)
            {
                if (_rest.IsEmpty)
                    throw Malformed();
                var next = _rest[0];
                _rest = _rest[1..];
                value |= (ulong)(next & 0x7F) << shift;
                if (next < 0x80)
                    return value;
            }
            throw Malformed();
        }

        private ReadOnlySpan<byte> Take(ulong length)
        {
            if (length > (ulong)_rest.Length)
                throw Malformed();
            var taken = _rest[..(int)length];
            _rest = _rest[(int)length..];
            return taken;
        }

        private static ApiException Malformed() => ApiException.BadRequest("the protobuf body is malformed");
    }
}
