using System.Text.Json;
using MetalSharp.Configuration;
using MetalSharp.Resources;

namespace MetalSharp.Tests.Configuration;

/// <summary>What MetalLB 0.12 accepted and refused, case by case.</summary>
public sealed class ConfigMapCasesTests
{
    // Cases that behaviour.md decides differently, each with the decision. None does so far: what only one of MetalLB's two BGP modes
    // accepts is in none of them.
    private static readonly Dictionary<string, string> DecidedDifferently = [];

    [Theory]
    [InlineData("configmap.json", 49)]
    [InlineData("configmap-more.json", 32)]
    public void What_MetalLB_accepted_is_accepted_with_the_same_meaning_and_what_it_refused_is_refused(string file, int count)
    {
        var cases = SharedCases.Read(file).GetProperty("cases").EnumerateArray().ToList();
        Assert.Equal(count, cases.Count);
        foreach (var one in cases)
        {
            var id = one.GetProperty("id").GetString()!;
            if (DecidedDifferently.ContainsKey(id))
                continue;
            var expected = one.GetProperty("expect");
            var result = ConfigMapSource.Read(one.GetProperty("inputYaml").GetString()!, "config");
            if (!expected.GetProperty("ok").GetBoolean())
            {
                Assert.True(result is ConfigurationResult.Invalid, $"{id} is accepted");
                continue;
            }

            Assert.True(result is ConfigurationResult.Valid, $"{id}: {string.Join('\n', (result as ConfigurationResult.Invalid)?.Errors ?? [])}");
            Assert.Equal($"{id}\n{Describe(expected.GetProperty("config"))}", $"{id}\n{((ConfigurationResult.Valid)result).Configuration.Describe()}");
        }
    }

    private static string Describe(JsonElement config) => string.Join('\n',
    [
        .. config.GetProperty("peers").EnumerateArray().Select(peer =>
            $"peer {peer.GetProperty("myASN")} {peer.GetProperty("peerASN")} {peer.GetProperty("peerAddress")} {peer.GetProperty("sourceAddress")}"
            + $" {peer.GetProperty("peerPort")} {peer.GetProperty("holdTimeSeconds").GetDouble()} {peer.GetProperty("keepaliveTimeSeconds").GetDouble()}"
            + $" {peer.GetProperty("routerID")} {Join(peer, "nodeSelectors", ";")} {peer.GetProperty("password")} {peer.GetProperty("bfdProfile")} {peer.GetProperty("ebgpMultiHop")}"),
        .. config.GetProperty("pools").EnumerateObject().OrderBy(pool => pool.Name, StringComparer.Ordinal).Select(pool =>
            $"pool {pool.Name} {pool.Value.GetProperty("protocol")} {Join(pool.Value, "cidrs", " ")}"
            + $" {pool.Value.GetProperty("avoidBuggyIPs")} {pool.Value.GetProperty("autoAssign")} "
            + string.Join(' ', pool.Value.GetProperty("bgpAdvertisements").EnumerateArray().Select(ad =>
                $"{ad.GetProperty("aggregationLength")}/{ad.GetProperty("aggregationLengthV6")}/{ad.GetProperty("localPref")}/{Join(ad, "communities", ",")}"))),
        .. config.GetProperty("bfdProfiles").EnumerateObject().OrderBy(profile => profile.Name, StringComparer.Ordinal).Select(profile =>
            // What is not written has the default of FRR.
            $"bfd {profile.Name} {Or(profile.Value, "receiveInterval", 300)} {Or(profile.Value, "transmitInterval", 300)} {Or(profile.Value, "detectMultiplier", 3)}"
            + $" {Or(profile.Value, "echoInterval", 50)} {profile.Value.GetProperty("echoMode")} {profile.Value.GetProperty("passiveMode")} {Or(profile.Value, "minimumTtl", 254)}"),
    ]);

    private static string Join(JsonElement of, string name, string separator) => string.Join(separator, of.GetProperty(name).EnumerateArray());

    private static int Or(JsonElement of, string name, int absent) =>
        of.GetProperty(name) is { ValueKind: JsonValueKind.Number } written ? written.GetInt32() : absent;
}
