using Lepton.Orleans.Clustering.Consul.Membership;
using Lepton.Orleans.ClusterTests.Processes;
using Microsoft.Extensions.DependencyInjection;

namespace Lepton.Orleans.Clustering.Consul.Tests.Tables;

/// <summary>What Orleans expects of a membership table, on a real Consul.</summary>
public sealed class MembershipTableTests : IClassFixture<ConsulFixture>, IDisposable
{
    private readonly ConsulProcess _consul;
    private readonly string _cluster = Guid.NewGuid().ToString("N");
    private readonly List<ServiceProvider> _services = [];
    private readonly ConsulMembershipTable _table;

    public MembershipTableTests(ConsulFixture fixture)
    {
        Executable.FindOrSkip("consul");
        _consul = fixture.Consul;
        _table = Table(_cluster);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _services.ForEach(services => services.Dispose());

    [Fact]
    public async Task A_table_that_nobody_has_written_is_empty_and_has_version_0()
    {
        await _table.InitializeMembershipTableAsync(true, Cancelled);

        var all = await _table.ReadAllAsync(Cancelled);

        Assert.Empty(all.Members);
        Assert.Equal(new TableVersion(0, "0"), all.Version);
        Assert.Empty((await _table.ReadRowAsync(Entries.Silo(1), Cancelled)).Members);
    }

    [Fact]
    public async Task An_inserted_row_is_read_as_it_was_written_with_the_next_version()
    {
        var entry = Entries.Of(1, SiloStatus.Joining);
        entry.AddSuspector(Entries.Silo(2), Entries.Started.AddTicks(1));

        Assert.True(await _table.InsertRowAsync(entry, (await VersionAsync()).Next(), Cancelled));

        foreach (var read in (MembershipTableData[])[await _table.ReadAllAsync(Cancelled), await _table.ReadRowAsync(entry.SiloAddress, Cancelled)])
        {
            var (row, tag) = Assert.Single(read.Members);
            Assert.Equal(1, read.Version.Version);
            Assert.Equal(entry.ToFullString(), row.ToFullString());
            Assert.Equal(DateTimeKind.Utc, row.StartTime.Kind);
            Assert.Equal(entry.SuspectTimes, row.SuspectTimes);

            // One transaction wrote both.
            Assert.Equal(read.Version.VersionEtag, tag);
        }
    }

    [Fact]
    public async Task A_silo_is_inserted_once()
    {
        await InsertAsync(Entries.Of(1));
        var before = await _table.ReadAllAsync(Cancelled);

        Assert.False(await _table.InsertRowAsync(Entries.Of(1, SiloStatus.Dead), before.Version.Next(), Cancelled));
        await AssertUnchangedAsync(before);
    }

    [Fact]
    public async Task An_insert_into_a_table_that_has_moved_is_a_conflict()
    {
        var old = await VersionAsync();
        await InsertAsync(Entries.Of(1));
        var before = await _table.ReadAllAsync(Cancelled);

        Assert.False(await _table.InsertRowAsync(Entries.Of(2), old.Next(), Cancelled));
        Assert.False(await _table.InsertRowAsync(Entries.Of(2), new TableVersion(2, "no number"), Cancelled));
        await AssertUnchangedAsync(before);
    }

    [Fact]
    public async Task An_update_needs_the_row_and_the_table_as_they_are()
    {
        await InsertAsync(Entries.Of(1));
        var old = await _table.ReadAllAsync(Cancelled);
        var (entry, oldTag) = old.Members[0];
        entry.Status = SiloStatus.ShuttingDown;
        Assert.True(await _table.UpdateRowAsync(entry, oldTag, old.Version.Next(), Cancelled));
        var now = await _table.ReadAllAsync(Cancelled);
        var tag = now.Members[0].Item2;
        Assert.Equal((2, SiloStatus.ShuttingDown), (now.Version.Version, now.Members[0].Item1.Status));
        Assert.NotEqual(oldTag, tag);

        entry.Status = SiloStatus.Dead;
        Assert.False(await _table.UpdateRowAsync(entry, oldTag, now.Version.Next(), Cancelled));
        Assert.False(await _table.UpdateRowAsync(entry, tag, old.Version.Next(), Cancelled));
        await AssertUnchangedAsync(now);
        Assert.True(await _table.UpdateRowAsync(entry, tag, now.Version.Next(), Cancelled));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("77")]
    [InlineData("no number")]
    public async Task A_row_that_is_not_there_cannot_be_updated(string tag)
    {
        await InsertAsync(Entries.Of(1));
        var before = await _table.ReadAllAsync(Cancelled);

        Assert.False(await _table.UpdateRowAsync(Entries.Of(2), tag, before.Version.Next(), Cancelled));
        await AssertUnchangedAsync(before);
    }

    [Fact]
    public async Task Many_silos_that_join_at_once_all_get_in_one_version_each()
    {
        const int Silos = 20;
        await Task.WhenAll(Enumerable.Range(0, Silos).Select(async number =>
        {
            var table = Table(_cluster);
            while (!await table.InsertRowAsync(Entries.Of(number), (await table.ReadAllAsync(Cancelled)).Version.Next(), Cancelled))
            {
            }
        }));

        var all = await _table.ReadAllAsync(Cancelled);
        Assert.Equal(Silos, all.Version.Version);
        Assert.Equal(Enumerable.Range(0, Silos).Select(Entries.Silo).Order(), all.Members.Select(member => member.Item1.SiloAddress).Order());
    }

    [Fact]
    public async Task Saying_to_be_alive_moves_neither_row_nor_version()
    {
        await InsertAsync(Entries.Of(1));
        var before = await _table.ReadAllAsync(Cancelled);
        var entry = Entries.Of(1, SiloStatus.Dead);
        entry.IAmAliveTime = Entries.Started.AddMinutes(3);

        await _table.UpdateIAmAliveAsync(entry, Cancelled);

        var after = await _table.ReadAllAsync(Cancelled);
        Assert.Equal(before.Version, after.Version);
        Assert.Equal(before.Members[0].Item2, after.Members[0].Item2);
        Assert.Equal((entry.IAmAliveTime, SiloStatus.Active), (after.Members[0].Item1.IAmAliveTime, after.Members[0].Item1.Status));
        Assert.True(await _table.UpdateRowAsync(entry, before.Members[0].Item2, before.Version.Next(), Cancelled));
        Assert.Equal(entry.IAmAliveTime, (await _table.ReadAllAsync(Cancelled)).Members[0].Item1.IAmAliveTime);
    }

    [Fact]
    public async Task Clean_up_removes_only_what_died_before_the_time()
    {
        var cutOff = Entries.Started.AddDays(1);
        SiloStatus[] others = [SiloStatus.Active, SiloStatus.Joining, SiloStatus.Created, SiloStatus.ShuttingDown, SiloStatus.Stopping];
        foreach (var (number, status) in others.Index())
        {
            await InsertAsync(Entries.Of(number, status));
        }

        await InsertAsync(Entries.Of(10, SiloStatus.Dead));
        await SayAliveAsync(10, cutOff.AddSeconds(-1));
        await InsertAsync(Entries.Of(11, SiloStatus.Dead));
        await SayAliveAsync(11, cutOff.AddSeconds(1));
        var suspected = Entries.Of(12, SiloStatus.Dead);
        suspected.AddSuspector(Entries.Silo(1), cutOff.AddSeconds(1));
        await InsertAsync(suspected);
        await SayAliveAsync(13, cutOff.AddSeconds(-1));
        await SayAliveAsync(14, cutOff.AddSeconds(1));
        var version = await VersionAsync();

        await _table.CleanupDefunctSiloEntriesAsync(cutOff, Cancelled);

        Assert.Equal([.. Enumerable.Range(0, others.Length), 11, 12], (await _table.ReadAllAsync(Cancelled)).Members.Select(member => member.Item1.ProxyPort - 30000).Order());
        Assert.Equal(version, await VersionAsync());
        Assert.Equal(
            [$"orleans/{_cluster}/{Entries.Silo(11).ToParsableString()}/iamalive", $"orleans/{_cluster}/{Entries.Silo(14).ToParsableString()}/iamalive"],
            (await _consul.KeysAsync($"orleans/{_cluster}/", Cancelled)).Select(entry => entry.Key).Where(key => key.EndsWith("/iamalive", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Clusters_whose_ids_begin_alike_do_not_meet()
    {
        var clusters = new[] { _cluster, $"{_cluster}b", $"{_cluster}/b", $"{_cluster}/b/c" };
        var tables = clusters.Select(Table).ToArray();
        foreach (var (number, table) in tables.Index())
        {
            Assert.True(await table.InsertRowAsync(Entries.Of(number, SiloStatus.Dead), new TableVersion(1, "0"), Cancelled));
            await table.UpdateIAmAliveAsync(Entries.Of(number), Cancelled);
        }

        foreach (var (number, table) in tables.Index())
        {
            var all = await table.ReadAllAsync(Cancelled);
            Assert.Equal((1, 30000 + number), (all.Version.Version, Assert.Single(all.Members).Item1.ProxyPort));
        }

        await tables[0].CleanupDefunctSiloEntriesAsync(Entries.Started.AddDays(1), Cancelled);
        await tables[0].DeleteMembershipTableEntriesAsync(clusters[0], Cancelled);
        Assert.Equal(new TableVersion(0, "0"), await VersionAsync());
        foreach (var table in tables[1..])
        {
            Assert.Single((await table.ReadAllAsync(Cancelled)).Members);
        }

        await tables[2].DeleteMembershipTableEntriesAsync(clusters[2], Cancelled);
        Assert.Empty((await tables[2].ReadAllAsync(Cancelled)).Members);
        Assert.Single((await tables[3].ReadAllAsync(Cancelled)).Members);
    }

    [Fact]
    public async Task Deleting_a_large_cluster_leaves_nothing()
    {
        for (var number = 0; number < 70; number++)
        {
            await InsertAsync(Entries.Of(number));
            await SayAliveAsync(number, Entries.Started);
        }

        await _table.DeleteMembershipTableEntriesAsync(_cluster, Cancelled);

        Assert.Empty(await _consul.KeysAsync($"orleans/{_cluster}/", Cancelled));
    }

    [Fact]
    public async Task Gateways_are_the_active_silos_that_take_clients()
    {
        var closed = Entries.Of(3);
        closed.ProxyPort = 0;
        foreach (var entry in (MembershipEntry[])[Entries.Of(1), Entries.Of(2, SiloStatus.ShuttingDown), closed, Entries.Of(4)])
        {
            await InsertAsync(entry);
        }

        var gateways = await Services(_cluster).GetRequiredService<ConsulGatewayListProvider>().GetGatewaysAsync(Cancelled);

        Assert.Equal(["gwy.tcp://10.0.0.7:30001/1001", "gwy.tcp://10.0.0.7:30004/1004"], gateways.Select(uri => uri.ToString()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("some/root", "some/root/")]
    public async Task Keys_and_rows_are_those_of_the_official_provider(string? root, string prefix)
    {
        var table = Table(_cluster, options => options.KvRootFolder = root);
        var entry = Entries.Of(1);
        entry.AddSuspector(Entries.Silo(2), Entries.Started.AddMilliseconds(500));
        Assert.True(await table.InsertRowAsync(entry, new TableVersion(1, "0"), Cancelled));
        await table.UpdateIAmAliveAsync(entry, Cancelled);

        Assert.Equal(
            [
                ($"{prefix}orleans/{_cluster}/10.0.0.7:11112@1001", """{"Hostname":"host","ProxyPort":30001,"StartTime":"2026-03-04T05:06:07Z","Status":3,"SiloName":"silo-1","SuspectingSilos":[{"Id":"10.0.0.7:11113@1002","Time":"2026-03-04T05:06:07.5Z"}]}"""),
                ($"{prefix}orleans/{_cluster}/10.0.0.7:11112@1001/iamalive", "\"2026-03-04T05:06:07Z\""),
                ($"{prefix}orleans/{_cluster}/version", "1"),
            ],
            await _consul.KeysAsync($"{prefix}orleans/{_cluster}/", Cancelled));
    }

    [Fact]
    public async Task A_table_that_the_official_provider_wrote_is_read_and_written_on()
    {
        var row = """{"Hostname":"theirs","ProxyPort":30005,"StartTime":"2026-03-04T05:06:07.1234567Z","Status":3,"SiloName":"old","SuspectingSilos":null}""";
        await _consul.PutAsync($"v1/kv/orleans/{_cluster}/10.0.0.9:11111@42", row, Cancelled);
        await _consul.PutAsync($"v1/kv/orleans/{_cluster}/10.0.0.9:11111@42/iamalive", "\"2026-03-04T05:16:07.12Z\"", Cancelled);
        await _consul.PutAsync($"v1/kv/orleans/{_cluster}/version", "17", Cancelled);

        var all = await _table.ReadAllAsync(Cancelled);

        var (entry, tag) = Assert.Single(all.Members);
        Assert.Equal(17, all.Version.Version);
        Assert.Equal(("theirs", "old", 30005, SiloStatus.Active), (entry.HostName, entry.SiloName, entry.ProxyPort, entry.Status));
        Assert.Equal((Entries.Started.AddTicks(1234567), Entries.Started.AddMinutes(10).AddMilliseconds(120)), (entry.StartTime, entry.IAmAliveTime));
        Assert.True(await _table.UpdateRowAsync(entry, tag, all.Version.Next(), Cancelled));
        Assert.Equal(row, (await _consul.KeysAsync($"orleans/{_cluster}/10.0.0.9:11111@42", Cancelled))[0].Value);
    }

    [Fact]
    public async Task What_was_restored_key_by_key_is_read()
    {
        await InsertAsync(Entries.Of(1));
        var (key, value) = (await _consul.KeysAsync($"orleans/{_cluster}/10", Cancelled))[0];
        await _consul.PutAsync($"v1/kv/{key}", value, Cancelled);

        Assert.Single((await _table.ReadAllAsync(Cancelled)).Members);
    }

    [Fact]
    public async Task Without_a_token_the_answer_is_Consuls_refusal_and_no_conflict()
    {
        const string Token = "0dd1e7a2-7b0c-4b5f-9a53-0a8f3c6f2d11";
        await using var consul = ConsulProcess.WithTokenOrSkip(Token);
        await consul.StartAsync(Cancelled);
        var stranger = Services(_cluster, options => options.Address = consul.Address).Table();
        var member = Services(_cluster, options => (options.Address, options.Token, options.Datacenter) = (consul.Address, Token, "dc1")).Table();

        var refused = await Assert.ThrowsAsync<ConsulException>(() => stranger.InsertRowAsync(Entries.Of(1), new TableVersion(1, "0"), Cancelled));
        Assert.Contains("Permission denied", refused.Message, StringComparison.Ordinal);
        Assert.False(refused.IsOutage);
        refused = await Assert.ThrowsAsync<ConsulException>(() => stranger.UpdateIAmAliveAsync(Entries.Of(1), Cancelled));
        Assert.Contains("Permission denied", refused.Message, StringComparison.Ordinal);

        await member.InitializeMembershipTableAsync(true, Cancelled);
        Assert.True(await member.InsertRowAsync(Entries.Of(1), new TableVersion(1, "0"), Cancelled));
        Assert.Single((await member.ReadAllAsync(Cancelled)).Members);
        Assert.Empty(await EmptyOrRefusedAsync(stranger));
    }

    [Fact]
    public async Task A_table_is_read_and_written_on_when_the_leader_of_three_is_killed()
    {
        var servers = ConsulProcess.ClusterOrSkip(3);
        try
        {
            servers.ToList().ForEach(server => server.Launch());
            await Task.WhenAll(servers.Select(server => server.WaitUntilReadyAsync(Cancelled)));
            var leader = servers[0];
            foreach (var server in servers)
            {
                leader = await server.IsLeaderAsync(Cancelled) ? server : leader;
            }

            var table = Services(_cluster, options => options.Address = servers.First(server => server != leader).Address).Table();
            Assert.True(await table.InsertRowAsync(Entries.Of(1), new TableVersion(1, "0"), Cancelled));
            await leader.KillAsync();

            MembershipTableData? all = null;
            await Eventually.TrueAsync(
                async token =>
                {
                    try
                    {
                        all = await table.ReadAllAsync(token);
                        return await table.InsertRowAsync(Entries.Of(2), all.Version.Next(), token);
                    }
                    catch (ConsulException exception) when (exception.IsOutage)
                    {
                        return false;
                    }
                },
                "another must lead",
                TimeSpan.FromSeconds(60),
                Cancelled);
            Assert.Single(all!.Members);
            Assert.Equal(2, (await table.ReadAllAsync(Cancelled)).Members.Count);
        }
        finally
        {
            foreach (var server in servers)
            {
                await server.DisposeAsync();
            }
        }
    }

    // An older Consul says that there is nothing, a newer one that it may not tell.
    private static async Task<IReadOnlyList<Tuple<MembershipEntry, string>>> EmptyOrRefusedAsync(ConsulMembershipTable table)
    {
        try
        {
            return (await table.ReadAllAsync(Cancelled)).Members;
        }
        catch (ConsulException exception) when (!exception.IsOutage)
        {
            return [];
        }
    }

    private ServiceProvider Services(string cluster, Action<ConsulClusteringOptions>? configure = null)
    {
        var services = ConsulServices.Create(cluster, options =>
        {
            options.Address = _consul.Address;
            configure?.Invoke(options);
        });
        _services.Add(services);
        return services;
    }

    private ConsulMembershipTable Table(string cluster) => Services(cluster).Table();

    private ConsulMembershipTable Table(string cluster, Action<ConsulClusteringOptions> configure) => Services(cluster, configure).Table();

    private async Task<TableVersion> VersionAsync() => (await _table.ReadAllAsync(Cancelled)).Version;

    private async Task InsertAsync(MembershipEntry entry) => Assert.True(await _table.InsertRowAsync(entry, (await VersionAsync()).Next(), Cancelled));

    private Task SayAliveAsync(int number, DateTime time)
    {
        var entry = Entries.Of(number);
        entry.IAmAliveTime = time;
        return _table.UpdateIAmAliveAsync(entry, Cancelled);
    }

    private async Task AssertUnchangedAsync(MembershipTableData before) => Assert.Equal(Text(before), Text(await _table.ReadAllAsync(Cancelled)));

    private static string Text(MembershipTableData table) =>
        $"{table.Version} {string.Join(' ', table.Members.Select(member => $"{member.Item1.ToFullString()} {member.Item2}"))}";
}
