using MetalSharp.Announcement;
using MetalSharp.Net;

namespace MetalSharp.Tests.Announcement;

public sealed class Layer2ElectionTests
{
    // Made with: for n in ...; do printf '%s#%s' $n $ip | sha256sum; done | sort
    [Theory]
    [InlineData("192.168.3.100", "n3 worker-a.example.org n1 n2")]
    [InlineData("192.168.3.101", "n2 n3 n1 worker-a.example.org")]
    [InlineData("10.0.0.1", "n2 worker-a.example.org n3 n1")]
    [InlineData("2001:db8::1", "worker-a.example.org n2 n3 n1")]
    [InlineData("fd00:10::64", "n1 worker-a.example.org n2 n3")]
    public void The_order_is_that_of_the_digests(string address, string order)
    {
        NodeName[] candidates = [new("n1"), new("n2"), new("n3"), new("worker-a.example.org")];
        var ordered = Layer2Election.Order(InetAddress.Parse(address), candidates);
        Assert.Equal(order, string.Join(' ', ordered));
        Assert.Equal(ordered[0], Layer2Election.Owner(InetAddress.Parse(address), candidates));
    }

    [Fact]
    public void Published_vectors_agree()
    {
        foreach (var vector in SharedCases.Read("l2-election.json").GetProperty("vectors").EnumerateArray())
        {
            // Two vectors are of MetalLB 0.9 and before, which hashed the name of the Service.
            if (vector.TryGetProperty("serviceName", out _))
                continue;
            var address = InetAddress.Parse(vector.GetProperty("ip").GetString());
            NodeName[] nodes = [.. vector.GetProperty("nodes").EnumerateArray().Select(node => new NodeName(node.GetString()!))];
            var order = vector.GetProperty("order").EnumerateArray().Select(node => new NodeName(node.GetString()!));
            Assert.Equal(order, Layer2Election.Order(address, nodes));
            Assert.Equal(vector.GetProperty("winner").GetString(), Layer2Election.Owner(address, nodes)?.Value);
        }
    }

    [Fact]
    public void Nobody_owns_what_has_no_candidate() => Assert.Null(Layer2Election.Owner(InetAddress.Parse("10.0.0.1"), []));

    [Fact]
    public void A_name_of_any_length_is_hashed_whole()
    {
        var address = InetAddress.Parse("10.0.0.1");
        NodeName[] candidates = [.. Enumerable.Range(0, 50).Select(i => new NodeName(new string('n', 1_000) + i))];
        Assert.Equal(50, Layer2Election.Order(address, candidates).Distinct().Count());
        Assert.Equal(Layer2Election.Order(address, candidates)[0], Layer2Election.Owner(address, candidates));
    }
}
