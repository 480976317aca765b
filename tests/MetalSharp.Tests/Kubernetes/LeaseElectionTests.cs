using System.Text.Json.Nodes;
using MetalSharp.Kubernetes;
using MetalSharp.Kubernetes.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace MetalSharp.Tests.Kubernetes;

public sealed class LeaseElectionTests : IDisposable
{
    private const string Path = "/apis/coordination.k8s.io/v1/namespaces/lab/leases/controller";

    private readonly ManualTime _time = new();
    private readonly MemoryApi _api = new();

    private readonly Simulation _simulation = new();

    public void Dispose()
    {
        _simulation.Dispose();
        _api.Dispose();
    }

    [Fact]
    public void The_first_contender_creates_the_lease_and_leads()
    {
        using var a = new Contender("a", _api, _time);
        Assert.True(a.IsLeading);
        Assert.True(a.Election.IsLeader);
        Assert.Equal("a", a.Election.Holder);
        Assert.Equal(
            """{"holderIdentity":"a","leaseDurationSeconds":15,"acquireTime":"2026-11-20T08:00:00.000000Z","renewTime":"2026-11-20T08:00:00.000000Z","leaseTransitions":0}""",
            Spec().ToJsonString());
    }

    [Fact]
    public void The_leader_renews_and_the_other_waits()
    {
        using var a = new Contender("a", _api, _time);
        using var b = new Contender("b", _api, _time);
        _simulation.Advance(_time, TimeSpan.FromMinutes(10));
        Assert.True(a.IsLeading);
        Assert.False(b.IsLeading || b.Election.IsLeader);
        Assert.Equal("a", b.Election.Holder);
        Assert.Equal(0, (int)Spec()["leaseTransitions"]!);
        Assert.Equal("2026-11-20T08:00:00.000000Z", (string?)Spec()["acquireTime"]);
        Assert.InRange(DateTimeOffset.Parse((string)Spec()["renewTime"]!), _time.GetUtcNow() - TimeSpan.FromSeconds(2), _time.GetUtcNow());
    }

    [Fact]
    public void A_renewal_is_one_request()
    {
        using var a = new Contender("a", _api, _time);
        var before = _api.Requests;
        _simulation.Advance(_time, TimeSpan.FromSeconds(20));
        Assert.Equal(10, _api.Requests - before);
    }

    [Fact]
    public void A_leader_that_cannot_renew_stops_before_another_starts_and_another_starts_within_the_lease_time()
    {
        using var a = new Contender("a", _api, _time);
        using var b = new Contender("b", _api, _time);
        _simulation.Advance(_time, TimeSpan.FromSeconds(60));
        a.IsCutOff = true;
        _simulation.Advance(_time, TimeSpan.FromSeconds(7.9));
        Assert.True(a.IsLeading && !b.IsLeading);
        _simulation.Advance(_time, TimeSpan.FromSeconds(2.2));
        Assert.False(a.IsLeading || a.Election.IsLeader || b.IsLeading);
        _simulation.Advance(_time, TimeSpan.FromSeconds(10));
        Assert.True(b.IsLeading);
        Assert.Equal(1, (int)Spec()["leaseTransitions"]!);

        a.IsCutOff = false;
        _simulation.Advance(_time, TimeSpan.FromSeconds(60));
        Assert.True(b.IsLeading && !a.IsLeading);
        Assert.Equal("b", a.Election.Holder);
    }

    [Fact]
    public void A_clean_stop_releases_the_lease_and_the_other_takes_over_at_its_next_look()
    {
        using var a = new Contender("a", _api, _time);
        using var b = new Contender("b", _api, _time);
        _simulation.Advance(_time, TimeSpan.FromSeconds(30));
        a.Stop();
        _simulation.RunUntilIdle();
        Assert.True(a.Running.IsCompletedSuccessfully);
        Assert.False(a.IsLeading);
        Assert.Equal("", (string?)Spec()["holderIdentity"]);
        _simulation.Advance(_time, TimeSpan.FromSeconds(2.5));
        Assert.True(b.IsLeading);
        Assert.Equal(1, (int)Spec()["leaseTransitions"]!);
    }

    [Fact]
    public void A_stop_in_the_middle_of_a_renewal_releases_the_lease_too()
    {
        using var a = new Contender("a", _api, _time) { AnswerDelay = TimeSpan.FromSeconds(0.5) };
        _simulation.Advance(_time, TimeSpan.FromSeconds(2.25));
        a.Stop();
        _simulation.RunUntilIdle();
        _simulation.Advance(_time, TimeSpan.FromSeconds(2));
        Assert.True(a.Running.IsCompletedSuccessfully);
        Assert.Equal("", (string?)Spec()["holderIdentity"]);
    }

    [Fact]
    public void Work_that_takes_long_to_end_is_awaited_before_the_lease_is_released()
    {
        using var a = new Contender("a", _api, _time) { TimeToEnd = TimeSpan.FromSeconds(3) };
        a.Stop();
        _simulation.RunUntilIdle();
        Assert.True(a.IsLeading);
        Assert.False(a.Election.IsLeader);
        Assert.Equal("a", (string?)Spec()["holderIdentity"]);
        _simulation.Advance(_time, TimeSpan.FromSeconds(3));
        Assert.False(a.IsLeading);
        Assert.True(a.Running.IsCompletedSuccessfully);
    }

    [Fact]
    public void Clocks_that_differ_by_an_hour_do_no_harm()
    {
        var ahead = new ManualTime(_time.GetUtcNow() + TimeSpan.FromHours(1));
        using var a = new Contender("a", _api, _time);
        using var b = new Contender("b", _api, ahead);
        for (var i = 0; i < 300; i++)
        {
            _simulation.Advance(_time, TimeSpan.FromSeconds(0.5));
            _simulation.Advance(ahead, TimeSpan.FromSeconds(0.5));
            if (i == 100)
                _time.StepWallClock(TimeSpan.FromDays(-1));
            Assert.True(a.IsLeading && !b.IsLeading);
        }
    }

    [Fact]
    public void A_renewal_whose_answer_was_lost_counts()
    {
        using var a = new Contender("a", _api, _time);
        a.AnswersToLose = 1;
        _simulation.Advance(_time, TimeSpan.FromSeconds(60));
        Assert.Equal(0, a.AnswersToLose);
        Assert.True(a.IsLeading);
        Assert.Equal(1, a.Terms);
    }

    [Fact]
    public void A_lease_that_was_deleted_is_created_again_by_its_leader()
    {
        using var a = new Contender("a", _api, _time);
        _api.Delete(Path);
        _simulation.Advance(_time, TimeSpan.FromSeconds(2));
        Assert.Equal("a", (string?)Spec()["holderIdentity"]);
        Assert.Equal(1, a.Terms);
    }

    [Fact]
    public void A_leader_whose_lease_was_given_to_another_stops_at_its_next_renewal()
    {
        using var a = new Contender("a", _api, _time);
        var stolen = _api.Find(Path)!.DeepClone().AsObject();
        stolen["spec"]!["holderIdentity"] = "b";
        _api.Put(Path, stolen);
        _simulation.Advance(_time, TimeSpan.FromSeconds(2));
        Assert.False(a.IsLeading || a.Election.IsLeader);
        Assert.Equal("b", (string?)Spec()["holderIdentity"]);
    }

    [Fact]
    public void A_contender_that_finds_its_own_identity_leads_at_once()
    {
        using (var a = new Contender("a", _api, _time))
            a.IsCutOff = true;
        _simulation.RunUntilIdle();
        using var again = new Contender("a", _api, _time);
        Assert.True(again.IsLeading);
        Assert.Equal(0, (int)Spec()["leaseTransitions"]!);
    }

    [Fact]
    public void How_long_a_lease_lasts_is_said_by_its_holder()
    {
        using var a = new Contender("a", _api, _time);
        a.IsCutOff = true;
        var longer = _api.Find(Path)!.DeepClone().AsObject();
        longer["spec"]!["leaseDurationSeconds"] = 60;
        _api.Put(Path, longer);
        using var b = new Contender("b", _api, _time);
        _simulation.Advance(_time, TimeSpan.FromSeconds(59));
        Assert.False(b.IsLeading);
        _simulation.Advance(_time, TimeSpan.FromSeconds(4));
        Assert.True(b.IsLeading);
    }

    [Fact]
    public void Work_that_throws_releases_the_lease_and_ends_the_election()
    {
        using var client = _api.CreateClient(_time);
        var election = new LeaseElection(client, Contender.Options("a"), _time, NullLogger.Instance);
        var running = election.RunAsync(_ => throw new InvalidOperationException("a bug"), CancellationToken.None);
        Assert.Equal("a bug", running.Exception!.InnerException!.Message);
        Assert.Equal("", (string?)Spec()["holderIdentity"]);
        Assert.False(election.IsLeader);
    }

    [Fact]
    public void Work_that_ends_by_itself_releases_the_lease_and_contends_again()
    {
        using var client = _api.CreateClient(_time);
        using var stop = new CancellationTokenSource();
        var terms = 0;
        var running = new LeaseElection(client, Contender.Options("a"), _time, NullLogger.Instance).RunAsync(_ => Task.FromResult(terms++), stop.Token);
        Assert.Equal("", (string?)Spec()["holderIdentity"]);
        _simulation.Advance(_time, TimeSpan.FromSeconds(2.5));
        Assert.Equal(2, terms);
        stop.Cancel();
        _simulation.RunUntilIdle();
        Assert.True(running.IsCompletedSuccessfully);
    }

    /// <summary>
    /// Three contenders, a network that delays, loses requests and loses answers, and delivers writes after their sender gave up. Never may
    /// two work at once; and whenever the network is well for a lease time, one does.
    /// </summary>
    [Fact]
    public void Never_do_two_lead_at_once_whatever_the_network_does()
    {
        var terms = 0;
        for (var seed = 1; seed <= 40; seed++)
        {
            var random = new Random(seed);
            var time = new ManualTime();
            using var api = new MemoryApi { KeepsStates = false };
            var contenders = "abc".Select(name => new Contender(name.ToString(), api, time, seed * 10 + name)).ToList();
            foreach (var contender in contenders)
            {
                contender.TimeToEnd = TimeSpan.FromSeconds(random.NextDouble() * 4);
                contender.Faults = random;
            }

            for (var minute = 0; minute < 6; minute++)
            {
                foreach (var contender in contenders)
                    contender.FaultRate = minute % 2 == 0 ? random.Next(0, 90) : 0;
                for (var step = 0; step < 240; step++)
                {
                    _simulation.Advance(time, TimeSpan.FromSeconds(0.25));
                    Assert.True(contenders.Count(contender => contender.IsLeading) <= 1, $"seed {seed}: two led at once at {time.Elapsed}");
                }

                if (minute % 2 == 1)
                    Assert.True(contenders.Count(contender => contender.IsLeading) == 1, $"seed {seed}: nobody leads at {time.Elapsed}");
            }

            terms += contenders.Sum(contender => contender.Terms);
            contenders.ForEach(contender => contender.Dispose());
            _simulation.RunUntilIdle();
        }

        Assert.True(terms > 120, $"{terms} terms: the runs exercise nothing");
    }

    private JsonObject Spec() => _api.Find(Path)!["spec"]!.AsObject();

    /// <summary>A process that contends. Its work says whether it is at work.</summary>
    private sealed class Contender : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly KubernetesClient _client;
        private readonly ManualTime _time;

        public Contender(string name, MemoryApi api, ManualTime time, int seed = 1)
        {
            _time = time;
            _client = new(new(new("http://memory")), time, name, new Wire(this, api));
            Election = new(_client, Options(name), time, NullLogger.Instance) { Chance = new(seed) };
            Running = Election.RunAsync(WorkAsync, _stop.Token);
        }

        public LeaseElection Election { get; }

        public Task Running { get; }

        public bool IsLeading { get; private set; }

        public int Terms { get; private set; }

        public bool IsCutOff { get; set; }

        public int AnswersToLose { get; set; }

        public TimeSpan AnswerDelay { get; set; }

        public TimeSpan TimeToEnd { get; set; }

        public Random? Faults { get; set; }

        /// <summary>In percent of the requests.</summary>
        public int FaultRate { get; set; }

        public static LeaseElectionOptions Options(string identity) => new() { Namespace = "lab", Name = "controller", Identity = identity };

        public void Stop() => _stop.Cancel();

        public void Dispose()
        {
            _stop.Cancel();
            _client.Dispose();
        }

        private async Task WorkAsync(CancellationToken cancel)
        {
            Terms++;
            IsLeading = true;
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, cancel);
            }
            finally
            {
                await Task.Delay(TimeToEnd, _time, CancellationToken.None);
                IsLeading = false;
            }
        }

        private sealed class Wire(Contender owner, MemoryApi api) : DelegatingHandler(api)
        {
            protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
            {
                if (owner.IsCutOff)
                    await Task.Delay(Timeout.InfiniteTimeSpan, owner._time, cancel);
                if (owner.Faults is { } random && random.Next(100) < owner.FaultRate)
                    return await MisbehaveAsync(request, random, cancel);

                var response = await base.SendAsync(request, cancel);
                if (owner.AnswerDelay > TimeSpan.Zero)
                    await Task.Delay(owner.AnswerDelay, owner._time, cancel);
                if (request.Method == HttpMethod.Put && owner.AnswersToLose > 0)
                {
                    owner.AnswersToLose--;
                    throw new HttpRequestException("the connection broke");
                }

                return response;
            }

            private async Task<HttpResponseMessage> MisbehaveAsync(HttpRequestMessage request, Random random, CancellationToken cancel)
            {
                var body = request.Content is null ? null : await request.Content.ReadAsByteArrayAsync(CancellationToken.None);
                switch (random.Next(4))
                {
                    case 0:
                        throw new HttpRequestException("connection refused");
                    case 1:
                        await Task.Delay(Timeout.InfiniteTimeSpan, owner._time, cancel);
                        throw new OperationCanceledException(cancel);
                    case 2:
                        // Arrives late, also when nobody waits for its answer any more.
                        var late = LateAsync(request, body, TimeSpan.FromSeconds(random.NextDouble() * 20));
                        return await late.WaitAsync(Timeout.InfiniteTimeSpan, owner._time, cancel);
                    default:
                        await base.SendAsync(request, cancel);
                        throw new HttpRequestException("the connection broke");
                }
            }

            private async Task<HttpResponseMessage> LateAsync(HttpRequestMessage request, byte[]? body, TimeSpan delay)
            {
                var copy = new HttpRequestMessage(request.Method, request.RequestUri) { Content = body is null ? null : new ByteArrayContent(body) };
                await Task.Delay(delay, owner._time, CancellationToken.None);
                return await base.SendAsync(copy, CancellationToken.None);
            }
        }
    }
}
