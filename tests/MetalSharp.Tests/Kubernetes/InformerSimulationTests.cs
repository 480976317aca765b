using System.Globalization;
using System.Text.Json.Nodes;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetalSharp.Tests.Kubernetes;

public sealed class InformerSimulationTests
{
    /// <summary>
    /// Changes, cuts, compactions, silence, repeated events and outages in random order. After every step the store must be exactly what the
    /// server had at the version that the store names, nothing may have changed without a ring, and no ring may have come without a change.
    /// </summary>
    [Fact]
    public void The_store_is_always_a_state_that_the_server_had_and_at_last_the_present_one()
    {
        using var simulation = new Simulation();
        var (changes, relists) = (0, 0);
        for (var seed = 1; seed <= 100; seed++)
        {
            try
            {
                using var run = new Run(simulation, seed);
                run.Simulate(steps: 120);
                changes += run.Rings;
                relists += run.Lists;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }
        }

        Assert.True(changes > 1_500 && relists > 350, $"{changes} changes, {relists} lists: the runs exercise nothing");
    }

    private sealed class Run : IDisposable
    {
        private readonly Simulation _simulation;
        private readonly int _seed;
        private readonly Random _random;
        private readonly ManualTime _time = new();
        private readonly MemoryApi _api = new();
        private readonly Informer<V1Service> _informer;
        private IReadOnlyDictionary<ObjectName, V1Service> _lastRung;
        private string? _lastChecked;
        private bool _away;

        public Run(Simulation simulation, int seed)
        {
            _simulation = simulation;
            _seed = seed;
            _random = new(seed);
            _api.Network = (request, serve, cancel) =>
            {
                if (_away)
                    throw new HttpRequestException("connection refused");
                if (_random.Next(20) == 0)
                    return Task.FromResult(MemoryApi.Answer(500, Exchange.Refusal(500, "InternalError", "by chance")));
                if (!request.RequestUri!.Query.Contains("watch=", StringComparison.Ordinal))
                    Lists++;
                // Between two pages the world goes on, and at times is forgotten.
                if (request.RequestUri.Query.Contains("continue=", StringComparison.Ordinal))
                {
                    Change();
                    if (_random.Next(3) == 0)
                        _api.Forget();
                }

                return Task.FromResult(serve());
            };
            _informer = new(_api.CreateClient(_time), ResourceKinds.Services, new(), Rung, _time, NullLogger.Instance) { Chance = new(seed) };
            _lastRung = _informer.Store.Objects;
        }

        public int Rings { get; private set; }

        public int Lists { get; private set; }

        public void Dispose() => _api.Dispose();

        public void Simulate(int steps)
        {
            var initial = _seed % 20 == 0 ? 1_200 : 20;
            for (var i = 0; i <= initial; i++)
            {
                _api.KeepsStates = i == initial;
                Change(put: true);
            }

            using var stop = new CancellationTokenSource();
            var running = _informer.RunAsync(stop.Token);
            for (var step = 0; step < steps; step++)
            {
                Step();
                _simulation.RunUntilIdle();
                Check();
            }

            _away = false;
            _simulation.Advance(_time, TimeSpan.FromMinutes(13));
            _simulation.Advance(_time, TimeSpan.FromMinutes(13));
            Check();
            Assert.Equal(_api.States[_api.States.Keys.Max()], Stored());
            stop.Cancel();
            _simulation.RunUntilIdle();
            Assert.True(running.IsCompletedSuccessfully);
        }

        private void Step()
        {
            switch (_random.Next(16))
            {
                case < 6:
                    Change();
                    break;
                case < 9:
                    _simulation.Advance(_time, TimeSpan.FromSeconds(_random.NextDouble() * 3));
                    break;
                case 9:
                    _simulation.Advance(_time, TimeSpan.FromMinutes(_random.Next(12)));
                    break;
                case 10:
                    _api.Forget();
                    break;
                case 11 when Watch() is { } watch:
                    _api.End(watch, inside: _random.Next(2) == 0);
                    break;
                case 12 when Watch() is { IsMute: false } watch:
                    _api.Bookmark(watch);
                    break;
                case 13 when Watch() is { IsMute: false } watch:
                    _api.Repeat(watch, _random.Next(1_000));
                    break;
                case 14 when Watch() is { } watch:
                    watch.IsMute = true;
                    break;
                case 15:
                    _away = !_away;
                    if (_away && Watch() is { } cut)
                        _api.End(cut, inside: true);
                    break;
            }
        }

        private WatchBody? Watch() => _api.Watches.LastOrDefault(watch => !watch.IsClosed);

        private void Change(bool put = false)
        {
            var name = $"s{_random.Next(_api.Version > 500 ? 1_500 : 30)}";
            var path = $"/api/v1/services/{name}";
            if (!put && _random.Next(3) == 0)
                _api.Delete(path);
            else
                _api.Put(path, new JsonObject { ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "default" } });
        }

        private void Rung()
        {
            Rings++;
            Assert.True(Rings == 1 || !ReferenceEquals(_lastRung, _informer.Store.Objects), "a ring without a change");
            _lastRung = _informer.Store.Objects;
        }

        private void Check()
        {
            Assert.True(ReferenceEquals(_lastRung, _informer.Store.Objects), "the store changed without a ring");
            if (_informer.Store.ResourceVersion is { } version && version != _lastChecked)
                Assert.Equal(_api.States[int.Parse(version, CultureInfo.InvariantCulture)], Stored());
            _lastChecked = _informer.Store.ResourceVersion;
        }

        private Dictionary<string, int> Stored() => _informer.Store.Objects.Values.ToDictionary(
            item => $"/api/v1/services/{item.Metadata.Name}", item => int.Parse(item.Metadata.ResourceVersion!, CultureInfo.InvariantCulture));
    }
}
