namespace MetalSharp.Lab.Scenarios;

/// <summary>A configuration with five mistakes: all five are told with their lines, and the last good one stays in force.</summary>
internal sealed class BadConfig : Scenario
{
    private const string Mistaken = """
        address-pools:
        - name: default
          protocol: layer3
          addresses:
          - 192.168.3.100-192.168.3.20
        - name: lab
          protocol: layer2
          adresses: [192.168.4.0/24]
        peers:
        - my-asn: many
          peer-asn: 64513
          peer-address: 10.0.0.300
        """;

    /// <summary>Where the five are: a protocol that does not exist, an inverted range, a misspelt key, a number that is none, a bad address.</summary>
    private static readonly string[] Places =
    [
        "line 3, column 13: address-pools[0].protocol", "line 5, column 5: address-pools[0].addresses[0]", "line 8, column 3: address-pools[1].adresses",
        "line 10, column 11: peers[0].my-asn", "line 12, column 17: peers[0].peer-address",
    ];

    public override string Name => "bad-config";

    public override string Description => "a ConfigMap with five mistakes: all are told with their lines, the last good configuration stays in force";

    public override async Task RunAsync(ScenarioRun run)
    {
        await run.ConfigureLanPoolAsync();
        await run.WaitForControllersAsync();
        await run.WaitForSpeakersAsync();
        await run.ExposeAsync(ScenarioRun.BalancedService("before"));

        await run.ConfigureAsync(Mistaken);
        var told = "";
        await run.UntilAsync(async () => Places.All((told = await run.KubectlAsync("get", "events", "-n", run.Lab.SystemNamespace, "-o", "jsonpath={range .items[*]}{.note}{.message}{'\\n'}{end}")).Contains),
            TimeSpan.FromSeconds(15), () => $"no event names all of {string.Join(", ", Places)}; they say: {told}");
        run.Say("The event on the ConfigMap says:");
        foreach (var line in told.Trim().Split('\n'))
            run.Say("  " + line);

        var address = await run.ExposeAsync(ScenarioRun.BalancedService("after"));
        run.Expect(address.ToString().StartsWith("192.168.3.", StringComparison.Ordinal), $"{address} is not from the last good configuration");
        run.Say($"The last good configuration is in force: a new Service gets {address}.");

        await run.ConfigureLanPoolAsync();
        await run.ExposeAsync(ScenarioRun.BalancedService("mended"));
        run.Expect(run.Speakers.All(s => s.Restarts == 0) && run.Controllers.All(c => c.Restarts == 0), "a speaker or controller did not survive the configuration");
    }
}
