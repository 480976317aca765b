using System.Collections.Concurrent;
using System.Diagnostics;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;
using MetalSharp.Lab.Nodes;

namespace MetalSharp.Lab.Scenarios;

/// <summary>All controllers are killed at random points of their work. No address is ever lost, changed or given twice.</summary>
internal sealed class ControllerRestart : Scenario
{
    private const int Services = 200;

    public override string Name => "controller-restart";

    public override string Description => $"{Services} Services come and go while all controllers are killed ten times at random points: no address changes, none is given twice";

    public override int Runs => 10;

    public override async Task RunAsync(ScenarioRun run)
    {
        run.Say($"--seed {run.Settings.Seed} repeats what is drawn by lot.");
        await run.ConfigureAsync("""
            address-pools:
            - name: default
              protocol: layer2
              addresses:
              - 10.50.0.0/23
            """);
        await run.WaitForControllersAsync();

        using var watching = CancellationTokenSource.CreateLinkedTokenSource(run.Stop);
        var ledger = new Ledger();
        var watch = ledger.FollowAsync(run.Client, watching.Token);
        var names = Enumerable.Range(0, Services).Select(n => $"svc-{n:D3}").ToList();
        await Parallel.ForEachAsync(names.Take(Services / 2), run.Stop, async (name, stop) => await CreateAsync(run, name, stop));

        using var settled = CancellationTokenSource.CreateLinkedTokenSource(run.Stop);
        var living = new ConcurrentDictionary<string, bool>(names.Take(Services / 2).Select(n => KeyValuePair.Create(n, true)));
        var churn = ChurnAsync(run, names, living, settled.Token);
        var recovered = new List<double>();
        for (var n = 1; n <= run.Settings.Runs; n++)
            recovered.Add(await KillAsync(run, ledger, n));
        await settled.CancelAsync();
        await churn.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        foreach (var name in names.Where(n => !living.ContainsKey(n)))
            await CreateAsync(run, name, run.Stop);
        await run.UntilAsync(() => names.All(n => run.AddressOf(n) is not null), TimeSpan.FromSeconds(60),
            $"after all restarts Services are left without an address: {string.Join(", ", names.Where(n => run.AddressOf(n) is null).Take(5))}");
        await watching.CancelAsync();
        await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        run.Expect(ledger.Faults.IsEmpty, $"seed {run.Settings.Seed}: {string.Join("; ", ledger.Faults.Take(5))}");
        run.Expect(names.Select(run.AddressOf).Distinct().Count() == Services, "two Services have one address");
        run.Say($"{ledger.Given} addresses were given over {run.Settings.Runs} restarts: none changed, none given twice.");
        run.Measure(Measurement.Of("all controllers killed: to the next address given", "ms", recovered, 30_000));
    }

    /// <summary>Kills every controller in the middle of work and starts them again; gives the time until one works again.</summary>
    private static async Task<double> KillAsync(ScenarioRun run, Ledger ledger, int round)
    {
        var before = ledger.Given;
        await run.UntilAsync(() => ledger.Given > before, TimeSpan.FromSeconds(60), $"no address was given before kill {round}");
        await Task.Delay(run.Random.Next(300), run.Stop);
        var controllers = run.Controllers.ToList();
        foreach (var controller in controllers)
        {
            controller.HoldRestarts();
            controller.Process?.Send(Signal.Kill);
        }
        await run.UntilAsync(() => controllers.All(c => c.Process is null), TimeSpan.FromSeconds(5), "a killed controller lives");
        await Task.Delay(50, run.Stop);
        var killed = Stopwatch.GetTimestamp();
        before = ledger.Given;
        foreach (var controller in controllers)
            controller.ReleaseRestarts();
        await run.UntilAsync(() => ledger.Given > before, TimeSpan.FromSeconds(60), $"no address was given within 60 s after kill {round}");
        return Stopwatch.GetElapsedTime(killed).TotalMilliseconds;
    }

    /// <summary>One Service in or out every few milliseconds, drawn by lot.</summary>
    private static async Task ChurnAsync(ScenarioRun run, List<string> names, ConcurrentDictionary<string, bool> living, CancellationToken stop)
    {
        var lot = new Random(run.Settings.Seed + 1);
        while (!stop.IsCancellationRequested)
        {
            var name = names[lot.Next(names.Count)];
            if (living.TryRemove(name, out _))
                await run.Client.DeleteAsync(ResourceKinds.Services, ScenarioRun.Namespace, name, cancel: run.Stop);
            else
            {
                await CreateAsync(run, name, run.Stop);
                living[name] = true;
            }
            await Task.Delay(20, stop);
        }
    }

    private static Task<V1Service> CreateAsync(ScenarioRun run, string name, CancellationToken stop) =>
        run.Client.CreateAsync(ResourceKinds.Services, ScenarioRun.BalancedService(name), stop);

    /// <summary>Every change of every Service in the order of the API, and who has which address at each moment.</summary>
    private sealed class Ledger
    {
        private readonly Dictionary<string, string> _addressOf = [];
        private int _given;

        public ConcurrentQueue<string> Faults { get; } = [];

        public int Given => Volatile.Read(ref _given);

        public async Task FollowAsync(KubernetesClient client, CancellationToken stop)
        {
            await foreach (var change in client.WatchAsync(ResourceKinds.Services, ScenarioRun.Namespace, cancel: stop))
                if (change.Item is { } service && change.Type != WatchEventType.Bookmark)
                    Enter(service, change.Type);
            Faults.Enqueue("the watch that checks this ended early");
        }

        private void Enter(V1Service service, WatchEventType type)
        {
            var uid = service.Metadata.Uid!;
            var address = type == WatchEventType.Deleted ? null : ScenarioRun.AddressOf(service)?.ToString();
            if (_addressOf.TryGetValue(uid, out var had) && type != WatchEventType.Deleted && had != address)
                Faults.Enqueue($"{service.Metadata.Name} had {had} and now has {address ?? "none"}");
            if (address is null)
            {
                _addressOf.Remove(uid);
                return;
            }
            if (had is null)
            {
                if (_addressOf.ContainsValue(address))
                    Faults.Enqueue($"{address} was given to {service.Metadata.Name} while another Service had it");
                Interlocked.Increment(ref _given);
            }
            _addressOf[uid] = address;
        }
    }
}
