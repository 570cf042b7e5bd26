using Lepton.Orleans.ClusterTests.Ledgers;
using Lepton.Orleans.ClusterTests.Processes;

namespace Lepton.Orleans.ClusterTests.Clusters;

/// <summary>Three silos ask an agent of three Consul servers, as they do where Consul is run as it should be.</summary>
public sealed class LostConsulTests(ITestOutputHelper output) : ClusterTest(output)
{
    private const int Servers = 3;

    // Each silo reads the table, and says that it is alive, every ten seconds: in any case once. A soak takes five minutes.
    private static readonly TimeSpan Outage = Rounds > 3 ? TimeSpan.FromMinutes(5) : TimeSpan.FromSeconds(12);

    private static readonly TimeSpan ForgetDeadline = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task A_cluster_serves_on_when_the_leader_of_three_is_killed_the_agent_is_restarted_and_all_are_away_and_heals_by_itself()
    {
        var (servers, agent) = await StartConsulAsync();
        await StartClusterAsync(3, agent, firstWithin: null);
        var ledger = new Ledger("kill -9 of the leader of three Consul servers, of the agent, and of all of them");
        await using var load = FeedbackLoad.Start([.. Silos.Select(silo => silo.Address)], ledger);
        await AcknowledgedAsync(ledger, 300);

        // A silo that joins now needs a write, and so a new leader.
        var leader = await LeaderAsync(servers);
        await leader.KillAsync();
        ledger.MarkFault();
        await JoinAsync();
        Assert.NotEqual(leader, await LeaderAsync([.. servers.Where(server => server != leader)]));
        await leader.StartAsync(Cancelled);
        await AcknowledgedAsync(ledger, 300);

        await MissedAsync(Silos, () => agent.KillAsync());
        ledger.MarkFault();
        await AcknowledgedAsync(ledger, 300);
        await agent.StartAsync(Cancelled);
        await PassingAsync(4);

        ConsulProcess[] all = [agent, .. servers];
        var missed = MissedAsync(Silos[..4], () => Task.WhenAll(all.Select(process => process.KillAsync())));
        await Task.WhenAll(all.Select(process => process.EndedAsync(Deadline, Cancelled)));
        ledger.MarkFault();
        var away = Task.Delay(Outage, Cancelled);
        var late = SiloProcess.In(Consul, Redis, Quiet);
        Silos.Add(late);
        var starting = StartWhenLateAsync(late);
        await Eventually.TrueAsync(_ => Task.FromResult(late.Output.Last(50).Contains("Waiting for Consul at", StringComparison.Ordinal)), "a new silo must say what it waits for", Deadline, Cancelled);
        await missed;
        await away;
        await AcknowledgedAsync(ledger, 1000);
        Assert.False(starting.IsCompleted);
        Assert.All(await Task.WhenAll(Silos[..4].Select(silo => silo.Client.IsReadyAsync(Cancelled))), Assert.True);
        await load.StopAsync();
        Assert.Empty(ledger.Failures);

        // It waits for as long as it takes, and joins when there is somebody to join.
        await StartTogetherAsync(all);
        await starting;
        await MembersAsync(5, Active);
        await PassingAsync(5);
        Assert.Equal(0, await AllUsersServedAsync(Silos));

        // And the table is in use again: who dies is declared dead.
        await late.KillAsync();
        await StatusAsync(late, Dead);

        // A minute after that, when it next looks, Consul takes its API out of the catalogue.
        await Eventually.TrueAsync(
            async token => (await Consul.RegisteredAsync("lepton", token)).All(port => port != late.HttpPort), "Consul must forget the killed silo", ForgetDeadline, Cancelled);
        Assert.Equal(4, (await Consul.RegisteredAsync("lepton", Cancelled)).Count);

        (await CompareAfterRestartAsync(ledger)).AssertClean();
    }

    [Fact]
    public async Task A_silo_that_Consul_refuses_says_so_and_ends()
    {
        var (consul, redis) = (await StartAsync(ConsulProcess.WithTokenOrSkip(Guid.NewGuid().ToString())), await StartAsync(RedisProcess.FindOrSkip()));
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(SiloProcess.In(consul, redis, ("Lepton:Consul:Token", Guid.NewGuid().ToString()))));
        Assert.Contains("ended with exit code 1 ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Lepton cannot start: Consul at ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("ACL not found", refused.Message, StringComparison.Ordinal);
    }

    private async Task<(IReadOnlyList<ConsulProcess> Servers, ConsulProcess Agent)> StartConsulAsync()
    {
        var servers = ConsulProcess.ClusterOrSkip(Servers);
        await Task.WhenAll(servers.Select(StartAsync));
        return (servers, await StartAsync(ConsulProcess.AgentOf(servers)));
    }

    // Each has asked Consul since, and has had no answer.
    private static async Task MissedAsync(IReadOnlyList<SiloProcess> silos, Func<Task> takeAway)
    {
        var marks = silos.Select(silo => (Silo: silo, Mark: silo.Output.Mark())).ToList();
        await takeAway();
        foreach (var (silo, mark) in marks)
        {
            await Eventually.TrueAsync(
                _ => Task.FromResult(silo.Output.Since(mark).Any(line => line.Contains("Clustering.Consul", StringComparison.Ordinal) && line.Contains("Connection refused", StringComparison.Ordinal))),
                "each silo must have missed Consul",
                Deadline,
                Cancelled);
        }
    }

    // None of them is ready before the others are there.
    private static Task StartTogetherAsync(IReadOnlyList<ConsulProcess> all) => Task.WhenAll(all.Select(process => process.StartAsync(Cancelled)));

    private async Task JoinAsync()
    {
        var joined = SiloProcess.In(Consul, Redis, Quiet);
        Silos.Add(joined);
        await StartAsync(joined);
        await MembersAsync(Silos.Count, Active);
        await PassingAsync(Silos.Count);
    }

    // Longer than a silo may usually take: it has nobody to join for as long as the outage lasts.
    private async Task StartWhenLateAsync(SiloProcess silo)
    {
        var deadline = Outage + Deadline;
        Own(silo);
        silo.Launch();
        await Eventually.TrueAsync(async token => silo.IsRunning && await silo.Client.IsReadyAsync(token), "the silo must be ready", deadline, Cancelled);
    }

    private Task PassingAsync(int count) =>
        Eventually.TrueAsync(async token => (await Consul.PassingAsync("lepton", token)).Count == count, $"Consul must list {count}", Deadline, Cancelled);

    private static async Task<ConsulProcess> LeaderAsync(IReadOnlyList<ConsulProcess> servers)
    {
        ConsulProcess? leader = null;
        await Eventually.TrueAsync(
            async token =>
            {
                foreach (var server in servers)
                {
                    leader ??= await server.IsLeaderAsync(token) ? server : null;
                }

                return leader is not null;
            },
            "one must lead",
            Deadline,
            Cancelled);
        return leader!;
    }
}
