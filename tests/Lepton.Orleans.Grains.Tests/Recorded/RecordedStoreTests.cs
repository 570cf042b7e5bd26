using System.Diagnostics;
using System.Text.Json.Nodes;
using Lepton.Orleans.Grains.Backup;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Learning;
using Lepton.Orleans.Grains.Pauses;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Backup;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Tests.Users;
using Lepton.Orleans.Grains.Users;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Tests.Recorded;

/// <summary>
/// This build reads what every release before it has left in a store. A new version of the product is recorded once, with
/// <c>LEPTON_WRITE_RECORDED=1 dotnet test tests/Lepton.Orleans.Grains.Tests --filter RecordedStore</c>; folders of released
/// versions stay as they are: a record that cannot be read any more is a reader to be written, not a folder.
/// </summary>
public sealed class RecordedStoreTests
{
    private const string Switch = "LEPTON_WRITE_RECORDED";
    private const string Tenant = "default";
    private const string Paused = "paused";
    private const string Restored = "restored";
    private const string Merging = "merging";
    private const int Viewers = 30;
    private const int Items = 24;
    private static readonly DateTime Start = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    // What two users brought whom a merge has made one is counted twice until a build, and what was erased or deleted may be.
    private static readonly string[] Merged = ["film-1", "film-2", "film-3", "film-4", "film-7", "film-8"];

    // Kinds that only an instant of a crash leaves, or that end by themselves.
    private static readonly StoreKeyKind[] Passing = [StoreKeyKind.Unknown, StoreKeyKind.UserLeftover, StoreKeyKind.ItemLeftover];

    /// <summary>What is recorded, and the version that this build is of, whether it is recorded or not.</summary>
    public static TheoryData<string> Versions => [.. RecordedStore.Versions.Append(Version).Distinct()];

    private static string Version => typeof(StoreKeys).Assembly.GetName().Version!.ToString(3);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Versions))]
    public async Task What_a_release_left_in_its_store_is_read_as_it_was_written(string version)
    {
        var recorded = await RecordedAsync(version);
        using var server = new StoreServer(StoreKind.Garnet);
        await using var connection = server.Connect(StoreServers.Patience);
        await recorded.LoadAsync(connection.GetDatabase());
        await using var cluster = await StartAsync(server);

        // Users with every event, items, numbers, merges, places in logs: as the release itself described them.
        AssertSame(recorded.Backup, await BackupText.WriteAsync(cluster, Tenant));

        // And as whoever wrote them would expect.
        Assert.Equal(
            [("like", "film-3", 1d, "so \"good\" 🎬"), ("like", "film-7", 0d, ""), ("play", "film-1", 5d, ""), ("play", "film-2", 7.5, "")],
            (await cluster.FeedbackOfAsync(Tenant, "anna")).Select(row => (row.FeedbackType, row.ItemId, row.Value, row.Comment)));
        var anna = await cluster.User(Tenant, "anna").GetAsync();
        Assert.Equal(("Anna", "{\"город\":\"Тверь\"}"), (anna!.Comment, anna.LabelsJson));
        Assert.Null(await cluster.User(Tenant, "cookie").GetAsync());
        Assert.Equal(2, await cluster.User(Tenant, "cookie").MergeIntoAsync("anna"));
        Assert.Equal(0, await RecordFromLogAsync(cluster));
        var film = await cluster.Item(Tenant, "film-1").GetAsync();
        Assert.Equal(("Film 1", "drama", "{\"year\":1}"), (film!.Comment, Assert.Single(film.Categories), film.LabelsJson));
        Assert.Null(await cluster.Item(Tenant, "film-23").GetAsync());

        // Model, counters, what was learned since, pauses.
        var training = Assert.Single(recorded.Backup.Select(BackupText.Read).OfType<BackupLine.Training>());
        var tenant = cluster.Grains.GetGrain<ITenantGrain>(Tenant);
        await LeptonCluster.EventuallyAsync(async () => (await tenant.GetStatisticsAsync()).ModelVersion == training.ModelVersion, "the model is in use");
        var build = await cluster.Grains.GetGrain<ITrainingGrain>(Tenant).GetStatusAsync();
        Assert.Equal((training.ModelVersion, training.Duration, training.Summary), (build.ModelVersion, build.Duration, build.Summary));
        await LeptonCluster.EventuallyAsync(
            async () => await cluster.Grains.GetGrain<ILearnerGrain>(Tenant).GetRowsAsync(Guid.Empty, -1, 0, 100) is var rows
                && rows.Build == training.ModelVersion && rows.Events >= Viewers && rows.Rows.Length > 0,
            "the learner goes on");
        (string, double)[] popular = [];
        var watch = Stopwatch.StartNew();
        await LeptonCluster.EventuallyAsync(
            async () =>
            {
                popular = Popularity(await tenant.GetListAsync("popular", null, Items, 0));
                return popular.SequenceEqual(Likes(recorded.Backup)) || watch.Elapsed > TimeSpan.FromSeconds(20);
            },
            "there is a list");
        Assert.Equal(Likes(recorded.Backup), popular);
        Assert.NotEmpty((await cluster.Item(Tenant, "film-5").GetNeighborsAsync("neighbors", null, 5, 0)) ?? []);
        Assert.Equal(Items - 4, (await cluster.ListAsync(Tenant, "nobody")).Length);
        Assert.DoesNotContain("film-3", await cluster.ListAsync(Tenant, "anna"));
        Assert.True((await cluster.Service<TenantWrites>().GetAsync(Paused)).IsPaused);

        // Merges that were cut off: what has left and not arrived arrives, and what has arrived does not arrive again.
        Assert.Equal(1, await cluster.User(Merging, "half").MergeIntoAsync("whole"));
        Assert.Equal(1, await cluster.User(Merging, "arrived").MergeIntoAsync("whole"));
        Assert.Equal([("film-1", 7d)], (await cluster.FeedbackOfAsync(Merging, "whole")).Select(row => (row.ItemId, row.Value)));

        // A restore that the release had begun is finished by this one.
        await BackupText.RestoreAsync(cluster, Restored, BackupText.IdOf(recorded.Backup), recorded.Backup[(recorded.Backup.Length / 2)..]);
        AssertSame(recorded.Backup, await BackupText.WriteAsync(cluster, Restored));

        // What is written from now on is kept with it.
        Assert.Equal(1, await cluster.RecordAsync(Tenant, "anna", "like", "film-9", Start));
        Assert.Equal(5, (await cluster.FeedbackOfAsync(Tenant, "anna")).Count);
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task A_backup_of_a_release_is_restored(string version)
    {
        var recorded = await RecordedAsync(version);
        using var server = new StoreServer(StoreKind.Garnet);
        await using var cluster = await StartAsync(server);
        await BackupText.RestoreAsync(cluster, Tenant, BackupText.IdOf(recorded.Backup), recorded.Backup);
        AssertSame(recorded.Backup, await BackupText.WriteAsync(cluster, Tenant));
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Users_are_read_out_of_snapshots_and_of_frames_of_every_kind(string version)
    {
        var entries = (await RecordedAsync(version)).Entries.ToDictionary(entry => entry.Key, StringComparer.Ordinal);
        var kinds = new HashSet<UserOperation.OperationKind>();
        foreach (var journal in entries.Values.Where(entry => StoreKeyName.Of(entry.Key).Kind == StoreKeyKind.UserJournal))
        {
            kinds.UnionWith(journal.Values[1..].Select(frame => UserOperation.Read(frame).Kind));
        }

        Assert.Equal(Enum.GetValues<UserOperation.OperationKind>(), kinds.Order());

        // The names of events, which are forgotten by their age as soon as a silo writes the user anew.
        var named = UserState.Read(new StoredRecord(true, entries[StoreKeys.UserRecord(LeptonKey.For(Tenant, "viewer-1"))].Values[0], []));
        var name = EventName.Of(Named(), overwrite: false);
        Assert.Equal((name.Content, false), named.Names!.Find(name, 0));
    }

    [Theory, MemberData(nameof(Versions))]
    public async Task Every_kind_of_key_is_recorded(string version)
    {
        var kinds = (await RecordedAsync(version)).Entries.Select(entry => StoreKeyName.Of(entry.Key).Kind).ToHashSet();
        Assert.Equal(Enum.GetValues<StoreKeyKind>().Except(Passing), kinds.Order());
    }

    private static async Task<RecordedStore> RecordedAsync(string version)
    {
        if (!RecordedStore.Versions.Contains(version))
        {
            Assert.True(
                Environment.GetEnvironmentVariable(Switch) == "1",
                $"What version {version} leaves in its store is not recorded. Record it with {Switch}=1 dotnet test tests/Lepton.Orleans.Grains.Tests --filter RecordedStore, and commit Recorded/{version}.");
            await RecordAsync(version);
        }

        return await RecordedStore.ReadAsync(version, Cancelled);
    }

    private static async Task RecordAsync(string version)
    {
        using var server = new StoreServer(StoreKind.Garnet);
        await using (var first = await StartAsync(server))
        {
            await FillAsync(first);
        }

        var fault = new CallFault(nameof(IUserMergeGrain.AbsorbAsync));
        await using var cluster = await StartAsync(server, silo => silo.AddIncomingGrainCallFilter(fault));
        await ChangeAsync(cluster);
        var backup = await BackupText.WriteAsync(cluster, Tenant);
        await BackupText.RestoreAsync(cluster, Restored, BackupText.IdOf(backup), backup[..(backup.Length / 2)]);
        await using var connection = server.Connect(StoreServers.Patience);
        await CutOffMergesAsync(cluster, fault, connection.GetDatabase());

        // What shards have counted is in the store when they stop; it may be less when they are killed.
        await cluster.Service<DeltaBuffer>().FlushAsync();
        await Task.WhenAll(Enumerable.Range(0, IItemShardGrain.Shards).Select(shard => cluster.DeactivateAsync(cluster.Grains.GetGrain<IItemShardGrain>($"{Tenant}/{shard}"))));
        await LeptonCluster.EventuallyAsync(() => Task.FromResult(connection.GetServers()[0].Keys(pattern: $"lepton:{{b:learner:{Tenant}:*").Any()), "the learner writes its log");
        await RecordedStore.WriteAsync(version, backup, connection, Cancelled);
    }

    // Everything that is folded, checkpointed and built when a silo stops in order.
    private static async Task FillAsync(LeptonCluster cluster)
    {
        for (var item = 1; item < Items; item++)
        {
            await cluster.Item(Tenant, Film(item)).PutAsync(new Item
            {
                ItemId = Film(item), Comment = $"Film {item}", Categories = [item % 2 == 0 ? "comedy" : "drama"], IsHidden = item == 22, Timestamp = Start.AddDays(-item), LabelsJson = $$"""{"year":{{item}}}""",
            });
        }

        await cluster.Item(Tenant, Film(23)).DeleteAsync();
        await Task.WhenAll(Enumerable.Range(0, Viewers).Select(viewer => cluster.User(Tenant, $"viewer-{viewer}").RecordAsync(new FeedbackBatch
        {
            Rows = [.. Enumerable.Range(0, 8).Select(n => Like(viewer, ((viewer * 5) + n) % 20, n))],
        })));
        await cluster.User(Tenant, "viewer-1").RecordAsync(new FeedbackBatch { Rows = [Named()] });
        await cluster.User(Tenant, "anna").PutAsync(new User { UserId = "anna", Comment = "Anna" });
        await cluster.RecordAsync(Tenant, "anna", "play", "film-1", Start, 1);
        await cluster.RecordAsync(Tenant, "anna", "play", "film-8", Start, 1);
        await cluster.RecordAsync(Tenant, "cookie", "play", "film-1", Start.AddHours(-1), 4);
        await cluster.Service<DeltaBuffer>().FlushAsync();
        var training = cluster.Grains.GetGrain<ITrainingGrain>(Tenant);
        await training.StartAsync();
        await LeptonCluster.EventuallyAsync(async () => (await training.GetStatusAsync()).State == BuildState.Succeeded, "the build ends");
        var model = (await training.GetStatusAsync()).ModelVersion;
        await LeptonCluster.EventuallyAsync(async () => (await cluster.Grains.GetGrain<ILearnerGrain>(Tenant).GetRowsAsync(Guid.Empty, -1, 0, 1)).Build == model, "the learner goes on from the build");
        await Task.WhenAll(Enumerable.Range(0, Viewers).Select(viewer => cluster.RecordAsync(Tenant, $"viewer-{viewer}", "like", Film(20 - (viewer % 3)), Start.AddHours(30))));
        await cluster.Service<DeltaBuffer>().FlushAsync();
    }

    // Everything that is in journals, logs and notes of a silo that is killed.
    private static async Task ChangeAsync(LeptonCluster cluster)
    {
        await cluster.User(Tenant, "anna").PutAsync(new User { UserId = "anna", Comment = "Anna", LabelsJson = "{\"город\":\"Тверь\"}" });
        await cluster.User(Tenant, "anna").RecordAsync(new FeedbackBatch { Rows = [new Feedback { FeedbackType = "play", UserId = "anna", ItemId = "film-2", Value = 7.5, Timestamp = Start }], Overwrite = true });
        await cluster.User(Tenant, "anna").RecordAsync(new FeedbackBatch { Rows = [new Feedback { FeedbackType = "like", UserId = "anna", ItemId = "film-3", Value = 1, Timestamp = Start, Comment = "so \"good\" 🎬" }] });
        await cluster.User(Tenant, "anna").DeleteFeedbackAsync("film-8", null);
        await cluster.RecordAsync(Tenant, "cookie", "like", "film-7", Start);
        Assert.Equal(2, await cluster.User(Tenant, "cookie").MergeIntoAsync("anna"));
        Assert.Equal(1, await RecordFromLogAsync(cluster));
        await cluster.RecordAsync(Tenant, "gone", "like", "film-4", Start);
        await cluster.User(Tenant, "gone").EraseAsync();
        var upkeep = cluster.Grains.GetGrain<IUpkeepGrain>(Tenant);
        await upkeep.StartRepairAsync();
        await LeptonCluster.EventuallyAsync(async () => (await upkeep.GetRepairAsync()).State == RepairState.Succeeded, "the repair ends");

        // A deletion that is not finished yet, as a crash leaves it.
        await cluster.Item(Tenant, Film(21)).DeleteAsync();
        await cluster.Service<TenantWrites>().PauseAsync(Paused, null);
        await Task.WhenAll(Enumerable.Range(0, Viewers).Select(viewer => cluster.RecordAsync(Tenant, $"viewer-{viewer}", "like", Film(17 - (viewer % 4)), Start.AddHours(40 + viewer))));
        await cluster.Service<DeltaBuffer>().FlushAsync();
    }

    // As a kill -9 leaves them: before anything has arrived, and after everything has.
    private static async Task CutOffMergesAsync(LeptonCluster cluster, CallFault fault, IDatabase store)
    {
        await cluster.RecordAsync(Merging, "whole", "play", "film-1", value: 1);
        foreach (var (user, value, moment) in new[] { ("half", 2d, CallFault.Moment.Before), ("arrived", 4d, CallFault.Moment.After) })
        {
            await cluster.RecordAsync(Merging, user, "play", "film-1", value: value);
            fault.FailNext(moment);
            await Assert.ThrowsAsync<StoreUnavailableException>(() => cluster.User(Merging, user).MergeIntoAsync("whole"));
        }

        // The last frame of a merge is folded as soon as it is kept: behind the owner's token, before those that came before it.
        var journal = StoreKeys.Journal(StoreKeys.UserRecord(LeptonKey.For(Merging, "arrived")));
        var left = UserOperation.Read((byte[])(await store.ListGetByIndexAsync(journal, 1))!);
        var arrived = new UserOperation { Kind = UserOperation.OperationKind.Arrive, Version = left.Version + 1, LeftAt = left.Version, Rows = 1 };
        await store.ListInsertAfterAsync(journal, await store.ListGetByIndexAsync(journal, 0), arrived.ToFrame());
    }

    private static Task<int> RecordFromLogAsync(LeptonCluster cluster) => cluster.User(Tenant, "viewer-2").RecordAsync(new FeedbackBatch
    {
        Rows = [new Feedback { FeedbackType = "view", UserId = "viewer-2", ItemId = "film-6", Value = 1 }],
        Origin = new FeedbackOrigin { Source = 4_000_000_000, Partition = 3, Offsets = [12_345_678_901] },
    });

    private static Task<LeptonCluster> StartAsync(StoreServer server, Action<ISiloBuilder>? more = null) =>
        LeptonCluster.StartAsync(() => server.Connect(StoreServers.Patience), StoreKind.Garnet, 1, more ?? (static _ => { }));

    // A line may say more than it did.
    private static void AssertSame(string[] expected, string[] actual)
    {
        var (before, now) = (Truth(expected), Truth(actual));
        Assert.Equal(before.Keys.Order(StringComparer.Ordinal), now.Keys.Order(StringComparer.Ordinal));
        foreach (var (key, line) in before)
        {
            foreach (var (property, value) in line.Where(property => property.Key != nameof(BackupLine.User.Names)))
            {
                Assert.True(JsonNode.DeepEquals(value, now[key][property]), $"{key}: {property} was {value?.ToJsonString()} and is {now[key][property]?.ToJsonString()}");
            }
        }
    }

    private static Dictionary<string, JsonObject> Truth(string[] backup) => BackupText.Truth(backup)
        .ToDictionary(line => BackupText.Read(line) switch { BackupLine.Item item => $"item {item.Number}", BackupLine.User user => $"user {user.UserId}", var other => throw new InvalidDataException($"{other}") },
            line => JsonNode.Parse(line)!.AsObject());

    private static (string, double)[] Popularity(IReadOnlyList<ScoredId>? list) => [.. list!.Where(item => item.Score > 0 && !Merged.Contains(item.Id)).Select(item => (item.Id, item.Score)).OrderBy(item => item.Id, StringComparer.Ordinal)];

    private static (string, double)[] Likes(string[] backup) =>
    [
        .. BackupText.Truth(backup).Select(BackupText.Read).OfType<BackupLine.User>()
            .SelectMany(user => user.Events?.Where(e => e.Type is "like" or "play").Select(e => e.Item).Distinct() ?? [])
            .Where(item => !Merged.Contains(item)).CountBy(item => item).Select(item => (item.Key, (double)item.Value)).OrderBy(item => item.Key, StringComparer.Ordinal),
    ];

    private static Feedback Like(int viewer, int film, int hour) =>
        new() { FeedbackType = "like", UserId = $"viewer-{viewer}", ItemId = Film(film + 1), Value = 1, Timestamp = Start.AddHours(hour).AddMinutes(viewer) };

    private static Feedback Named() => new() { FeedbackType = "view", UserId = "viewer-1", ItemId = "film-2", Value = 1, EventId = "named" };

    private static string Film(int number) => $"film-{number}";
}
