using System.Collections.Concurrent;
using System.Diagnostics;
using Lepton.Orleans.Grains.Backup;
using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Erasure;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Tests.Storage;
using Lepton.Orleans.Grains.Tests.Users;
using Lepton.Orleans.Grains.Turns;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Tests.Backup;

public sealed class BackupTests(OneSilo silo, StoreServers servers)
{
    private const int Users = 60;
    private const int Items = 120;
    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private readonly string _tenant = OpenStore.Unique();

    [Fact]
    public async Task An_empty_service_has_the_same_lists_place_by_place_after_a_restore_that_was_interrupted_and_repeated()
    {
        string[] backup;
        await using var source = await StartAsync(() => servers.Connect(StoreKind.Garnet));
        await FillAsync(source);
        backup = await BackupText.WriteAsync(source, _tenant);

        using var server = new StoreServer(StoreKind.Garnet);
        string[][] batches = [.. backup.Chunk(7)];
        await using (var interrupted = await StartAsync(() => server.Connect(StoreServers.Patience)))
        {
            foreach (var batch in batches.Take(batches.Length / 2))
            {
                Assert.Equal(batch.Length, await BackupText.RestoreAsync(interrupted, _tenant, BackupText.IdOf(backup), batch));
            }
        }

        // From the start once more, and every line twice: nothing counts more often for it.
        await using var target = await StartAsync(() => server.Connect(StoreServers.Patience));
        foreach (var batch in batches)
        {
            for (var time = 0; time < 2; time++)
            {
                Assert.Equal(batch.Length, await BackupText.RestoreAsync(target, _tenant, BackupText.IdOf(backup), batch));
            }
        }

        var restored = await BackupText.WriteAsync(target, _tenant);
        Assert.Equal(BackupText.Truth(backup), BackupText.Truth(restored));
        Assert.Equal(await EverythingAsync(source), await EverythingAsync(target));

        // Rows that hardly grew reach replicas with the next sweep only; what a restore brought is shown at once. Lists for
        // everyone are ordered by what fades, and where two are alike the last bit decides.
        string[] here = [], there = [];
        var watch = Stopwatch.StartNew();
        await LeptonCluster.EventuallyAsync(
            async () =>
            {
                (here, there) = (await ListsAsync(source), await ListsAsync(target));
                return Enumerable.SequenceEqual(here, there) || watch.Elapsed > TimeSpan.FromSeconds(20);
            },
            "there are lists");
        Assert.Equal(here[..Users], there[..Users]);
        Assert.All(here.Zip(there).Skip(Users), lists => Assert.InRange(Shared(lists.First, lists.Second), .9, 1));
        Assert.True(here.Length > Users);
        Assert.True(here.Distinct().Count() > Users / 2);
        Assert.True((await target.Grains.GetGrain<ITenantGrain>(_tenant).GetStatisticsAsync()).ModelVersion > 0);

        // The numbers go on where they were: a new item does not take the number of one that was deleted.
        await target.Item(_tenant, "new").PutAsync(new Item { ItemId = "new" });
        Assert.Equal(
            backup.Select(BackupText.Read).OfType<BackupLine.Item>().Count() + 1,
            (await BackupText.WriteAsync(target, _tenant)).Select(BackupText.Read).OfType<BackupLine.Item>().Count());
    }

    [Fact]
    public async Task A_backup_made_while_writes_go_on_holds_whole_batches_what_was_acknowledged_before_and_nothing_twice()
    {
        var cluster = await silo.ClusterAsync();
        var (begun, acknowledged) = (new ConcurrentDictionary<string, int>(), new ConcurrentDictionary<string, int>());
        using var ending = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var round = 0; !ending.IsCancellationRequested; round++)
            {
                // Users and items that are new come all the time.
                var user = $"user {writer} {round % (20 + (round / 10))}";
                begun.AddOrUpdate(user, 1, (_, n) => n + 1);
                await cluster.User(_tenant, user).RecordAsync(new FeedbackBatch
                {
                    Rows = [.. Enumerable.Range(0, 3).Select(i => new Feedback { FeedbackType = "play", UserId = user, ItemId = $"item {i} {round / 7}", Value = 1 })],
                });
                acknowledged.AddOrUpdate(user, 1, (_, n) => n + 1);
            }
        })).ToArray();
        await LeptonCluster.EventuallyAsync(() => Task.FromResult(acknowledged.Count >= 60), "there are users");

        var rounds = new List<string[]>();
        for (var round = 0; round < 3; round++)
        {
            var before = acknowledged.ToDictionary();
            var backup = await BackupText.WriteAsync(cluster, _tenant);
            var after = begun.ToDictionary();
            AssertIsConsistent(backup, before, after);
            rounds.Add(backup);
        }

        await ending.CancelAsync();
        await Task.WhenAll(writers);
        await using var target = await StartAsync(() => servers.Connect(StoreKind.Garnet));
        foreach (var backup in rounds)
        {
            // Each is whole: what it holds can be restored, and is what it says.
            var tenant = OpenStore.Unique();
            foreach (var batch in backup.Chunk(50))
            {
                await BackupText.RestoreAsync(target, tenant, BackupText.IdOf(backup), batch);
            }

            Assert.Equal(BackupText.Truth(backup), BackupText.Truth(await BackupText.WriteAsync(target, tenant)));
        }
    }

    [Fact]
    public async Task A_merge_that_was_cut_off_is_finished_before_its_users_are_written()
    {
        var fault = new CallFault(nameof(IUserMergeGrain.AbsorbAsync));
        await using var cluster = await LeptonCluster.StartAsync(
            () => servers.Connect(StoreKind.Garnet), StoreKind.Garnet, 1, s => s.AddIncomingGrainCallFilter(fault));
        await cluster.RecordAsync(_tenant, "known", "play", "a", value: 1);
        await cluster.RecordAsync(_tenant, "anonymous", "play", "a", value: 2);
        fault.FailNext(CallFault.Moment.Before);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => cluster.User(_tenant, "anonymous").MergeIntoAsync("known"));

        // Whoever of the two comes first in the order of users, nothing may fall between them.
        var backup = await BackupText.WriteAsync(cluster, _tenant);
        var tenant = OpenStore.Unique();
        await BackupText.RestoreAsync(cluster, tenant, null, backup);
        Assert.Equal(3, Assert.Single(await cluster.FeedbackOfAsync(tenant, "known")).Value);
        Assert.Null(await cluster.User(tenant, "anonymous").GetAsync());
    }

    [Fact]
    public async Task Who_is_merged_while_a_backup_is_made_is_in_it_under_one_of_two_names()
    {
        var cluster = await silo.ClusterAsync();
        const int pairs = 300;
        await Task.WhenAll(Enumerable.Range(0, pairs).SelectMany(i => new[]
        {
            cluster.RecordAsync(_tenant, $"known {i}", "play", "a", Start, 1), cluster.RecordAsync(_tenant, $"anonymous {i}", "play", "a", Start.AddHours(1), 10),
        }));
        var merging = Task.Run(async () =>
        {
            for (var i = 0; i < pairs; i++)
            {
                await cluster.User(_tenant, $"anonymous {i}").MergeIntoAsync($"known {i}");
            }
        }, TestContext.Current.CancellationToken);
        var backups = new List<string[]>();
        do
        {
            backups.Add(await BackupText.WriteAsync(cluster, _tenant));
        }
        while (!merging.IsCompleted);
        await merging;
        var between = 0;
        foreach (var backup in backups.Take(4))
        {
            // Twice, as somebody does who starts over.
            var tenant = OpenStore.Unique();
            await BackupText.RestoreAsync(cluster, tenant, null, backup[..^1]);
            await BackupText.RestoreAsync(cluster, tenant, null, backup);
            for (var i = 0; i < pairs; i++)
            {
                var (known, anonymous) = (await SumAsync(tenant, $"known {i}"), await SumAsync(tenant, $"anonymous {i}"));
                Assert.True((known, anonymous) is (11, 0) or (1, 10), $"{known} and {anonymous} of pair {i}");
                between += anonymous == 10 ? 1 : 0;
            }
        }

        Assert.InRange(between, 0, (pairs * 4) - 1);

        async Task<double> SumAsync(string tenant, string user) => (await cluster.FeedbackOfAsync(tenant, user)).Sum(f => f.Value);
    }

    [Fact]
    public async Task What_was_applied_of_a_log_is_known_after_a_restore()
    {
        var cluster = await silo.ClusterAsync();
        var batch = new FeedbackBatch
        {
            Rows = [new Feedback { FeedbackType = "play", UserId = "anna", ItemId = "a", Value = 1 }],
            Origin = new FeedbackOrigin { Source = 7, Partition = 3, Offsets = [41] },
        };
        Assert.Equal(1, await cluster.User(_tenant, "anna").RecordAsync(batch));
        var tenant = OpenStore.Unique();
        await BackupText.RestoreAsync(cluster, tenant, null, await BackupText.WriteAsync(cluster, _tenant));

        // The same place of the log again, as after a move whose offsets were not committed; then the place after it.
        Assert.Equal(0, await cluster.User(tenant, "anna").RecordAsync(batch));
        Assert.Equal(1, await cluster.User(tenant, "anna").RecordAsync(batch with { Origin = batch.Origin with { Offsets = [42] } }));
        Assert.Equal(2, Assert.Single(await cluster.FeedbackOfAsync(tenant, "anna")).Value);
    }

    [Fact]
    public async Task A_tombstone_that_was_applied_takes_nothing_when_its_log_is_read_again_after_a_restore()
    {
        await using var source = await StartAsync(() => servers.Connect(StoreKind.Garnet));
        var log = (uint)Random.Shared.Next();
        await source.RecordAsync(_tenant, "anna", "play", "a", value: 1);
        Assert.True(await source.User(_tenant, "anna").EraseAtAsync(new FeedbackOrigin { Source = log, Partition = 3, Offsets = [100] }));
        await new LogErasures(source.Service<StoreTurns>()).AppliedAsync(log, 3, 100);
        await source.RecordAsync(_tenant, "anna", "play", "b", value: 1);
        var backup = await BackupText.WriteAsync(source, _tenant);

        using var server = new StoreServer(StoreKind.Garnet);
        await using var target = await StartAsync(() => server.Connect(StoreServers.Patience));
        await BackupText.RestoreAsync(target, _tenant, null, backup);

        // Whoever reads the partition passes over what is not after this, as it did before the move.
        Assert.Equal(100, await new LogErasures(target.Service<StoreTurns>()).LastAsync(log, 3));
        Assert.Equal(-1, await new LogErasures(target.Service<StoreTurns>()).LastAsync(log, 4));
        Assert.Equal("b", Assert.Single(await target.FeedbackOfAsync(_tenant, "anna")).ItemId);
    }

    [Fact]
    public async Task Who_was_merged_stays_so_after_a_restore_whatever_comes_again()
    {
        var cluster = await silo.ClusterAsync();
        await cluster.RecordAsync(_tenant, "boris", "play", "a", value: 1);
        foreach (var (user, into, offset) in new[] { ("cookie", "anna", 900L), ("anna", "boris", 901L) })
        {
            Assert.Equal(1, await cluster.User(_tenant, user).RecordAsync(Sent(user, offset)));
            if (user == "cookie")
            {
                await cluster.RecordAsync(_tenant, "anna", "play", "a", value: 1);
            }

            await cluster.User(_tenant, user).MergeIntoAsync(into);
        }

        var backup = await BackupText.WriteAsync(cluster, _tenant);
        var tenant = OpenStore.Unique();
        await BackupText.RestoreAsync(cluster, tenant, null, backup[..^1]);
        await BackupText.RestoreAsync(cluster, tenant, null, backup);
        foreach (var (user, offset) in new[] { ("cookie", 900L), ("anna", 901L) })
        {
            Assert.Equal(0, await cluster.User(tenant, user).RecordAsync(Sent(user, offset)));
            Assert.Null(await cluster.User(tenant, user).GetAsync());
        }

        Assert.Equal(["boris"], (await cluster.Grains.GetGrain<ITenantGrain>(tenant).ListUsersAsync(10, "")).Entries.Select(u => u.UserId));
        Assert.Equal(4, Assert.Single(await cluster.FeedbackOfAsync(tenant, "boris")).Value);
        Assert.Equal(1, await cluster.User(tenant, "cookie").MergeIntoAsync("anna"));
        Assert.Equal(BackupText.Truth(backup), BackupText.Truth(await BackupText.WriteAsync(cluster, tenant)));
        Assert.Equal(Departures(backup), Departures(await BackupText.WriteAsync(cluster, tenant)));

        // What comes after is somebody new, as ever.
        Assert.Equal(1, await cluster.User(tenant, "cookie").RecordAsync(Sent("cookie", 902)));
        Assert.NotNull(await cluster.User(tenant, "cookie").GetAsync());

        static FeedbackBatch Sent(string user, long offset) => new()
        {
            Rows = [new Feedback { FeedbackType = "play", UserId = user, ItemId = "a", Value = 1 }],
            Origin = new FeedbackOrigin { Source = 7, Partition = 5, Offsets = [offset] },
        };

        static IEnumerable<string> Departures(string[] backup) => backup.Where(line => BackupText.Read(line) is BackupLine.Gone { Left: not null }).Distinct().Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task What_has_changed_since_may_follow_before_the_end_of_a_restore()
    {
        var cluster = await silo.ClusterAsync();
        foreach (var user in new[] { "anna", "boris", "carla" })
        {
            await cluster.RecordAsync(_tenant, user, "like", "a", Start);
            await cluster.RecordAsync(_tenant, user, "like", "b", Start.AddHours(1));
        }

        await cluster.Item(_tenant, "b").PutAsync(new Item { ItemId = "b", Comment = "before" });
        var before = await BackupText.WriteAsync(cluster, _tenant);
        var tenant = OpenStore.Unique();
        await BackupText.RestoreAsync(cluster, tenant, null, before[..^1]);

        // Somebody writes, somebody is erased, an item is gone and comes back under a number of its own, another is new.
        await cluster.RecordAsync(_tenant, "anna", "like", "c", Start.AddHours(2));
        await cluster.User(_tenant, "boris").EraseAsync();
        await cluster.Item(_tenant, "b").DeleteAsync();
        await cluster.Item(_tenant, "b").PutAsync(new Item { ItemId = "b", Comment = "after" });
        var after = await BackupText.WriteAsync(cluster, _tenant);
        string[] changes =
        [
            .. after[1..^1].Except(before), BackupText.Write(new BackupLine.Gone("boris", long.MaxValue)), after[^1],
        ];
        await BackupText.RestoreAsync(cluster, tenant, BackupText.IdOf(before), changes);

        Assert.Equal(BackupText.Truth(after), BackupText.Truth(await BackupText.WriteAsync(cluster, tenant)));
        Assert.Equal("after", (await cluster.Item(tenant, "b").GetAsync())!.Comment);
        Assert.Null(await cluster.User(tenant, "boris").GetAsync());
        Assert.Empty((await cluster.Grains.GetGrain<IUpkeepGrain>(tenant).VerifyErasureAsync("boris")).Remains);
    }

    [Theory]
    [InlineData(1, "hidden")]
    [InlineData(3, "hidden")]
    [InlineData(100, "hidden")]
    [InlineData(1, "named")]
    [InlineData(1, "deleted")]
    [InlineData(100, "deleted")]
    public async Task An_item_that_came_back_under_another_number_while_the_backup_was_made_is_restored_as_what_it_is_now(int batch, string second)
    {
        // As a backup writes it that has written the first life of "a" before it was deleted.
        string[] backup =
        [
            BackupText.Write(new BackupLine.Header(1, "default", "met twice", Start)),
            BackupText.Write(new BackupLine.Item(0, "a", Record: new BackupLine.ItemRecord(Comment: "first life"))),
            BackupText.Write(new BackupLine.Item(1, "b", Record: new BackupLine.ItemRecord())),
            BackupText.Write(new BackupLine.User("anna", 2, Events: [new BackupLine.Event("like", "a", 1000), new BackupLine.Event("like", "b", 2000)])),
            BackupText.Write(new BackupLine.Item(2, "a", second == "deleted", second == "hidden" ? new BackupLine.ItemRecord(IsHidden: true, Comment: "second life") : null)),
            BackupText.Write(new BackupLine.User("boris", 1, Events: [new BackupLine.Event("like", second == "deleted" ? "b" : "a", 3000)])),
            BackupText.Write(new BackupLine.End(3, 2, 0, 0, 3)),
        ];
        var cluster = await silo.ClusterAsync();
        foreach (var lines in backup[..^1].Chunk(batch))
        {
            await BackupText.RestoreAsync(cluster, _tenant, "met twice", lines);
        }

        // All of it again, as after an answer that was lost.
        await BackupText.RestoreAsync(cluster, _tenant, null, backup[..^1]);
        await BackupText.RestoreAsync(cluster, _tenant, "met twice", backup[^1]);

        string[] living = second == "deleted" ? ["b"] : ["a", "b"];
        var item = await cluster.Item(_tenant, "a").GetAsync();
        (bool, string)? expected = second switch { "hidden" => (true, "second life"), "named" => (false, ""), _ => null };
        (bool, string)? found = item is null ? null : (item.IsHidden, item.Comment);
        Assert.Equal(expected, found);
        Assert.Equal(living, (await cluster.Grains.GetGrain<ITenantGrain>(_tenant).ListItemsAsync(10, "")).Entries.Select(i => i.ItemId).Order());
        Assert.Equal(["b"], (await cluster.FeedbackOfAsync(_tenant, "anna")).Select(f => f.ItemId));
        Assert.Equal(living[..1], (await cluster.FeedbackOfAsync(_tenant, "boris")).Select(f => f.ItemId));
        string[] listed = second == "named" ? ["a", "b"] : ["b"];
        await LeptonCluster.EventuallyAsync(async () => (await cluster.ListAsync(_tenant, "stranger")).Order().SequenceEqual(listed), $"lists hold {string.Join(" and ", listed)} once");
        Assert.Equal(
            [(0, true), (1, false), (2, second == "deleted")],
            (await BackupText.WriteAsync(cluster, _tenant)).Select(BackupText.Read).OfType<BackupLine.Item>().Select(i => (i.Number, i.IsDeleted)));

        // Nor does a catalogue that reads the store anew know two of them, and nothing of the first is left.
        var catalog = cluster.Grains.GetGrain<ICatalogGrain>(_tenant);
        await cluster.DeactivateAsync(catalog);
        Assert.Empty(await catalog.GetUnfinishedDeletionsAsync("a"));
        Assert.Equal(second == "deleted" ? 3 : 2, Assert.Single(await catalog.ResolveAsync(["a"])));
    }

    [Fact]
    public async Task What_cannot_be_restored_is_refused_by_line_and_changes_nothing()
    {
        var cluster = await silo.ClusterAsync();
        await cluster.RecordAsync(_tenant, "anna", "like", "a");
        var backup = await BackupText.WriteAsync(cluster, _tenant);
        var (id, tenant) = (BackupText.IdOf(backup), OpenStore.Unique());

        await RefusedAsync<RestoreConflictException>("empty service", _tenant, null, backup);
        await RefusedAsync<RestoreConflictException>("first line", tenant, id, backup[1]);
        await RefusedAsync<InvalidBackupException>("up to format 2", tenant, null, BackupText.Write(new BackupLine.Header(3, "default", "x", Start)));
        await RefusedAsync<InvalidBackupException>("must be a line of a backup: it has no Kind", tenant, null, "{}");
        await RefusedAsync<InvalidBackupException>("it cannot be read from byte ", tenant, null, "{nonsense");
        await RefusedAsync<InvalidBackupException>("the query must name the backup: backup=Id", tenant, null, backup[1]);
        await RefusedAsync<InvalidBackupException>("Line 1", tenant, null, backup[0], """{"Kind":"Surprise"}""");
        await RefusedAsync<InvalidBackupException>("Line 1", tenant, null, backup[0], backup[1][..^5]);
        Assert.Equal(1, await BackupText.RestoreAsync(cluster, tenant, null, backup[0]));
        await RefusedAsync<InvalidBackupException>("'ghost'", tenant, id, BackupText.Write(new BackupLine.User("u", 5, Events: [new BackupLine.Event("like", "ghost", 7)])));
        await RefusedAsync<RestoreConflictException>("order", tenant, id, BackupText.Write(new BackupLine.Item(3, "later")));
        await RefusedAsync<InvalidBackupException>(
            "Line 1", tenant, id, BackupText.Write(new BackupLine.Item(0, "a")), BackupText.Write(new BackupLine.Item(1, "many", Record: new BackupLine.ItemRecord(Categories: [.. Enumerable.Range(0, 101).Select(i => $"c{i}")]))));
        await RefusedAsync<InvalidBackupException>("a shard", tenant, id, BackupText.Write(new BackupLine.Counters(16, 0, [1])));
        await RefusedAsync<InvalidBackupException>("part 0", tenant, id, BackupText.Write(new BackupLine.Training(9, 1, TimeSpan.Zero, "", 0)));
        await RefusedAsync<RestoreConflictException>("No restore of this backup", tenant, "another", backup[1]);
        Assert.Empty((await cluster.Grains.GetGrain<ITenantGrain>(tenant).ListUsersAsync(10, "")).Entries);

        // Who was written to meanwhile keeps what was acknowledged.
        await BackupText.RestoreAsync(cluster, tenant, id, BackupText.Write(new BackupLine.Item(0, "a")));
        await cluster.RecordAsync(tenant, "anna", "play", "a", value: 7);
        await RefusedAsync<RestoreConflictException>("'anna'", tenant, id, backup.Where(line => BackupText.Read(line) is BackupLine.User));
        Assert.Equal(7, Assert.Single(await cluster.FeedbackOfAsync(tenant, "anna")).Value);

        async Task RefusedAsync<T>(string because, string to, string? as_, params IEnumerable<string> lines)
            where T : Exception =>
            Assert.Contains(because, (await Assert.ThrowsAsync<T>(() => BackupText.RestoreAsync(cluster, to, as_, lines))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Counters_that_cannot_be_read_are_left_to_a_build()
    {
        var cluster = await silo.ClusterAsync();
        await cluster.RecordAsync(_tenant, "anna", "like", "a");
        var backup = await BackupText.WriteAsync(cluster, _tenant);
        var tenant = OpenStore.Unique();
        await BackupText.RestoreAsync(cluster, tenant, null, backup.Select(line =>
            BackupText.Read(line) is BackupLine.Counters counters ? BackupText.Write(counters with { Content = [99] }) : line));
        var shard = cluster.Grains.GetGrain<IItemShardGrain>($"{tenant}/0");
        Assert.True((await shard.GetRowsAsync(Guid.NewGuid(), -1, 0, 10)).IsIncomplete);
        Assert.Equal(BackupText.Truth(backup), BackupText.Truth(await BackupText.WriteAsync(cluster, tenant)));
    }

    // Lists are made anew whenever somebody looks: a minute's delay would only make the test wait.
    private static Task<LeptonCluster> StartAsync(Func<StackExchange.Redis.ConnectionMultiplexer> connect) =>
        LeptonCluster.StartAsync(connect, StoreKind.Garnet, 1, ("Lepton:Ranking:MaxAge", "00:00:00.0001"));

    private static void AssertIsConsistent(string[] backup, Dictionary<string, int> before, Dictionary<string, int> after)
    {
        var known = new HashSet<string>();
        var users = new HashSet<string>();
        foreach (var line in backup.Select(BackupText.Read))
        {
            if (line is BackupLine.Item item)
            {
                Assert.Equal(known.Count, item.Number);
                Assert.True(known.Add(item.ItemId));
            }
            else if (line is BackupLine.User user)
            {
                Assert.True(users.Add(user.UserId), $"{user.UserId} is there twice.");
                Assert.All(user.Events!, e => Assert.Contains(e.Item, known));
                Assert.Equal(0, user.Events!.Count % 3);
                Assert.All(user.Events.GroupBy(e => e.Time), batch => Assert.Equal(0, batch.Count() % 3));
                Assert.InRange(user.Events.Count / 3, before.GetValueOrDefault(user.UserId), after[user.UserId]);
            }
        }

        Assert.Empty(before.Keys.Except(users));
        Assert.Equal(
            new BackupLine.End(
                known.Count,
                users.Count,
                0,
                backup.Count(line => BackupText.Read(line) is BackupLine.Counters),
                backup.Sum(line => BackupText.Read(line) is BackupLine.User user ? user.Events!.Count : 0)),
            BackupText.Read(backup[^1]));
    }

    private async Task FillAsync(LeptonCluster cluster)
    {
        var random = new Random(11);
        await Task.WhenAll(Enumerable.Range(0, Items).Where(i => i % 10 != 9).Select(i => cluster.Item(_tenant, $"i{i}").PutAsync(new Item
        {
            ItemId = $"i{i}",
            IsHidden = i % 17 == 3,
            Categories = i % 3 == 0 ? ["third", $"c{i % 4}"] : [],
            Timestamp = i % 5 == 0 ? default : Start.AddDays(i % 7),
            LabelsJson = i % 2 == 0 ? "{\"a\":[1.0,\"\\u00e9\"]}" : null,
            Comment = i % 2 == 0 ? $"Title {i} \"Ж\"" : "",
        })));
        await RecordAsync(0, 20);

        // An id that lives for the second time, one that is gone, and one that is gone and comes back by feedback.
        await cluster.Item(_tenant, "i1").DeleteAsync();
        await cluster.Item(_tenant, "i1").PutAsync(new Item { ItemId = "i1", Comment = "again" });
        await cluster.Item(_tenant, "i2").DeleteAsync();
        await cluster.Item(_tenant, "i5").DeleteAsync();
        await cluster.RecordAsync(_tenant, "user 1", "like", "i5");
        await cluster.RecordAsync(_tenant, "user 6", "like", "i5");
        await cluster.RecordAsync(_tenant, "user 7", "like", "i7");
        await cluster.RecordAsync(_tenant, "user 8", "like", "i7");
        await cluster.User(_tenant, "user 2").PutAsync(new User { UserId = "user 2", LabelsJson = "[\"x\"]", Comment = "Два" });
        await cluster.User(_tenant, "profile").PutAsync(new User { UserId = "profile", Comment = "nothing yet" });
        await cluster.User(_tenant, "user 3").RecordAsync(new FeedbackBatch { Rows = [new Feedback { FeedbackType = "play", UserId = "user 3", ItemId = "i4", Value = 2.5, EventId = "named", Comment = "so \"good\"" }] });
        await cluster.RecordAsync(_tenant, "cookie", "like", "i7");
        await cluster.User(_tenant, "cookie").MergeIntoAsync("user 4");
        var training = cluster.Grains.GetGrain<ITrainingGrain>(_tenant);
        await training.StartAsync();
        await LeptonCluster.EventuallyAsync(async () => (await training.GetStatusAsync()).State == BuildState.Succeeded, "the build ends");

        // What was counted since the build is in no history that a build has seen.
        await RecordAsync(20, 30);
        await cluster.Service<DeltaBuffer>().FlushAsync();

        // A history that is in memory remembers deleted items until it is folded; a backup leaves them out.
        await Task.WhenAll(Enumerable.Range(0, Users).Select(u => cluster.DeactivateAsync(cluster.User(_tenant, $"user {u}"))));

        Task RecordAsync(int from, int to) => Task.WhenAll(Enumerable.Range(0, Users).Select(u => cluster.User(_tenant, $"user {u}").RecordAsync(new FeedbackBatch
        {
            Rows = [.. Enumerable.Range(from, to - from).Select(i =>
            {
                lock (random)
                {
                    // Likes of one moment would trend alike, and the last bit of a float decide about their order.
                    var type = random.Next(5) == 0 ? "dislike" : random.Next(3) == 0 ? "read" : "like";
                    return new Feedback
                    {
                        FeedbackType = type,
                        UserId = $"user {u}",
                        ItemId = $"i{((u % 6) * 20) + random.Next(20)}",
                        Value = random.Next(3),
                        Timestamp = type != "like" && random.Next(2) == 0 ? null : Start.AddMinutes((i * 100) + u),
                    };
                }
            })],
        })));
    }

    private async Task<string[]> EverythingAsync(LeptonCluster cluster)
    {
        var everyone = cluster.Grains.GetGrain<ITenantGrain>(_tenant);
        var items = (await everyone.ListItemsAsync(10_000, "")).Entries.Select(i => $"{i.ItemId} {i.IsHidden} {i.Timestamp:O} {i.LabelsJson} {i.Comment} {string.Join(',', i.Categories)}");
        var users = (await everyone.ListUsersAsync(10_000, "")).Entries.Select(u => u.ToString());
        var feedback = (await everyone.ListFeedbackAsync(null, 100_000, "")).Entries.Select(f => f.ToString());
        var onItem = (await everyone.ListItemFeedbackAsync("i4", null, 1000, "")).Entries.Select(f => f.ToString());
        return [.. items, .. users, .. feedback, .. onItem];
    }

    // The part of one list's items that another has too.
    private static double Shared(string a, string b) => a.Split(' ').Intersect(b.Split(' ')).Count() / (double)a.Split(' ').Length;

    private async Task<string[]> ListsAsync(LeptonCluster cluster)
    {
        var lists = new List<string>();
        foreach (var user in Enumerable.Range(0, Users).Select(u => $"user {u}").Append("profile").Append("nobody"))
        {
            lists.Add($"{user}: {string.Join(' ', await cluster.ListAsync(_tenant, user, count: 50))}");
        }

        lists.Add($"third: {string.Join(' ', await cluster.ListAsync(_tenant, "user 5", "third", 50))}");
        var everyone = cluster.Grains.GetGrain<ITenantGrain>(_tenant);
        foreach (var name in new[] { RecommenderNames.Latest, RecommenderNames.Popular, RecommenderNames.Trending })
        {
            lists.Add($"{name}: {string.Join(' ', (await everyone.GetListAsync(name, null, 50, 0))!.Select(i => i.Id))}");
        }

        foreach (var source in new[] { RecommenderNames.Neighbors, RecommenderNames.Transitions, RecommenderNames.CoOccurrence, RecommenderNames.Neighbourhood, RecommenderNames.Embedding })
        {
            lists.Add($"{source}: {string.Join(' ', (await cluster.Item(_tenant, "i4").GetNeighborsAsync(source, null, 50, 0))!.Select(i => i.Id))}");
        }

        return [.. lists];
    }
}
