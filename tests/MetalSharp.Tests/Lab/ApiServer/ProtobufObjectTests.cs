using MetalSharp.Lab.ApiServer.Http;
using MetalSharp.Lab.ApiServer.Protobuf;

namespace MetalSharp.Tests.Lab.ApiServer;

public sealed class ProtobufObjectTests
{
    // kubectl 1.32: create service nodeport np --tcp=80:http, captured 2026-11-20 and cut to what matters.
    private static readonly byte[] Service =
    [
        .. "k8s\0"u8,
        .. Field(1, [.. Field(1, "v1"u8), .. Field(2, "Service"u8)]),
        .. Field(2,
        [
            .. Field(1, [.. Field(1, "np"u8), .. Field(2, []), .. Field(8, []), .. Field(11, [.. Field(1, "app"u8), .. Field(2, "np"u8)])]),
            .. Field(2,
            [
                .. Field(1,
                [
                    .. Field(1, "80-http"u8), .. Field(2, "TCP"u8), .. Number(3, 80),
                    .. Field(4, [.. Number(1, 1), .. Number(2, 0), .. Field(3, "http"u8)]), .. Number(5, 0),
                ]),
                .. Field(2, [.. Field(1, "app"u8), .. Field(2, "np"u8)]),
                .. Field(4, "NodePort"u8), .. Number(12, 0), .. Number(13, 0), .. Number(20, 0),
            ]),
            .. Field(3, [.. Field(1, [])]),
        ]),
        .. Field(3, []), .. Field(4, []),
    ];

    [Fact]
    public void A_Service_reads_as_its_JSON_without_the_zeros_that_mean_nothing() => Assert.Equal(
        """{"metadata":{"name":"np","labels":{"app":"np"}},"spec":{"ports":[{"name":"80-http","protocol":"TCP","port":80,"targetPort":"http"}],"selector":{"app":"np"},"type":"NodePort","allocateLoadBalancerNodePorts":false},"status":{"loadBalancer":{}},"apiVersion":"v1","kind":"Service"}""",
        ProtobufObject.Parse(Service).ToJsonString());

    [Fact]
    public void Every_prefix_and_every_changed_byte_reads_or_is_refused()
    {
        for (var length = 0; length < Service.Length; length++)
            Try(Service.AsSpan(0, length));
        for (var at = 0; at < Service.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                var changed = Service.ToArray();
                changed[at] = (byte)value;
                Try(changed);
            }
        }
    }

    [Fact]
    public void A_kind_or_field_that_is_not_known_is_refused_with_what_to_do()
    {
        var ingress = Assert.Throws<ApiException>(() => ProtobufObject.Parse([.. "k8s\0"u8, .. Field(1, Field(2, "Ingress"u8)), .. Field(2, [])]));
        Assert.Equal((415, "a Ingress is not understood in protobuf, send it as application/json"), (ingress.Code, ingress.Message));
        Assert.Throws<ApiException>(() => ProtobufObject.Parse(
            [.. "k8s\0"u8, .. Field(1, Field(2, "ConfigMap"u8)), .. Field(2, Field(15, "x"u8))]));
    }

    private static void Try(ReadOnlySpan<byte> bytes)
    {
        try
        {
            ProtobufObject.Parse(bytes);
        }
        catch (ApiException)
        {
            // refused, as it should be
        }
    }

    private static byte[] Field(int number, ReadOnlySpan<byte> content) =>
        content.Length < 128 ? [(byte)((number << 3) | 2), (byte)content.Length, .. content] : [(byte)((number << 3) | 2), (byte)(content.Length & 0x7F | 0x80), (byte)(content.Length >> 7), .. content];

    private static byte[] Number(int number, byte value) => number < 16 ? [(byte)(number << 3), value] : [(byte)((number << 3) & 0x7F | 0x80), (byte)(number >> 4), value];
}
