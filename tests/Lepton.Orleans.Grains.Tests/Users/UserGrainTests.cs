using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Storage;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Tests.Users;

public sealed class UserGrainTests(OneSilo silo)
{
    private static readonly DateTime Time = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);
    private readonly string _tenant = OpenStore.Unique();

    [Fact]
    public async Task Feedback_with_the_same_explicit_time_counts_once()
    {
        var cluster = await silo.ClusterAsync();
        Assert.Equal(1, await cluster.RecordAsync(_tenant, "anna", "play", "a", Time, 2));
        Assert.Equal(0, await cluster.RecordAsync(_tenant, "anna", "play", "a", Time, 2));
        Assert.Equal(1, await cluster.RecordAsync(_tenant, "anna", "play", "a", Time.AddSeconds(1), 3));
        var feedback = Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna"));
        Assert.Equal((5d, Time), (feedback.Value, feedback.Timestamp));
    }

    [Fact]
    public async Task Feedback_without_a_time_adds_every_time()
    {
        var cluster = await silo.ClusterAsync();
        var before = DateTime.UtcNow.AddMilliseconds(-1);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(1, await cluster.RecordAsync(_tenant, "anna", "play", "a", value: 1));
        }

        var feedback = Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna"));
        Assert.Equal(3, feedback.Value);
        Assert.InRange(feedback.Timestamp!.Value, before, DateTime.UtcNow);
    }

    [Fact]
    public async Task An_overwrite_replaces_value_time_and_comment()
    {
        var cluster = await silo.ClusterAsync();
        await cluster.RecordAsync(_tenant, "anna", "rating", "a", Time, 2);
        await cluster.RecordAsync(_tenant, "anna", "rating", "a", Time.AddDays(1), 3);
        Assert.Equal(1, await cluster.RecordAsync(_tenant, "anna", "rating", "a", Time.AddHours(1), 4, overwrite: true));
        Assert.Equal(0, await cluster.RecordAsync(_tenant, "anna", "rating", "a", Time.AddHours(1), 4, overwrite: true));
        var feedback = Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna"));
        Assert.Equal((4d, Time.AddHours(1)), (feedback.Value, feedback.Timestamp));
    }

    [Fact]
    public async Task Rows_of_a_log_that_come_again_change_nothing_whichever_way_and_however_much_later()
    {
        var cluster = await silo.ClusterAsync();
        var user = cluster.User(_tenant, "anna");
        var row = new Feedback { FeedbackType = "play", UserId = "anna", ItemId = "a", Value = 1 };
        Assert.Equal(3, await user.RecordAsync(Batch(10, 11, 11)));
        Assert.Equal(0, await user.RecordAsync(Batch(10, 11, 11)));
        await cluster.DeactivateAsync(user);
        Assert.Equal(1, await user.RecordAsync(Batch(11, 11, 14)));
        Assert.Equal(0, await LocalRecord.Try(cluster, _tenant, row, origin: Batch(14).Origin)!);
        Assert.Equal(1, await LocalRecord.Try(cluster, _tenant, row, origin: Batch(15).Origin)!);
        await cluster.DeactivateAsync(user);
        Assert.Equal(0, await user.RecordAsync(Batch(15)));
        Assert.Equal(1, await user.RecordAsync(Batch(0) with { Origin = Batch(0).Origin! with { Partition = 6 } }));
        Assert.Equal(6, Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna")).Value);

        Assert.False(await user.EraseAtAsync(Batch(15).Origin!));
        Assert.True(await user.EraseAtAsync(Batch(16).Origin!));
        Assert.Empty(await cluster.FeedbackOfAsync(_tenant, "anna"));

        FeedbackBatch Batch(params long[] offsets) => new()
        {
            Rows = [.. offsets.Select(_ => row)], Origin = new FeedbackOrigin { Source = 1, Partition = 5, Offsets = offsets },
        };
    }

    [Fact]
    public async Task Rows_of_a_log_that_change_nothing_are_passed_for_ever_all_the_same()
    {
        var cluster = await silo.ClusterAsync();
        var user = cluster.User(_tenant, "anna");
        var row = new Feedback { FeedbackType = "play", UserId = "anna", ItemId = "a", Value = 1, EventId = "e" };
        Assert.Equal(1, await user.RecordAsync(At(5)));
        Assert.Equal(1, await user.RecordAsync(At(10)));
        Assert.Equal(1, await LocalRecord.Try(cluster, _tenant, row, origin: At(15).Origin)!);
        await cluster.DeactivateAsync(user);

        // What is known by its place needs no name to be known.
        Assert.Equal(0, await user.RecordAsync(At(10)));
        Assert.Equal(0, await user.RecordAsync(At(15)));
        Assert.Equal(1, Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna")).Value);

        FeedbackBatch At(long offset) => new() { Rows = [row], Origin = new FeedbackOrigin { Source = 1, Partition = 5, Offsets = [offset] } };
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_row_that_changed_nothing_changes_nothing_when_it_comes_again(bool locally)
    {
        var cluster = await silo.ClusterAsync();
        var four = new Feedback { FeedbackType = "rating", UserId = "anna", ItemId = "a", Value = 4, Timestamp = Time };
        Assert.Equal(1, await RecordAsync(four, overwrite: true));

        // The answer is lost, somebody else writes, and the caller asks again.
        var named = four with { EventId = "first" };
        Assert.Equal(0, await RecordAsync(named, overwrite: true));
        Assert.Equal(1, await RecordAsync(four with { Value = 5, Timestamp = Time.AddHours(1) }, overwrite: true));
        Assert.Equal(0, await RecordAsync(named, overwrite: true));
        await cluster.DeactivateAsync(cluster.User(_tenant, "anna"));
        Assert.Equal(0, await RecordAsync(named, overwrite: true));
        Assert.Equal(5, Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna")).Value);
        await Assert.ThrowsAsync<EventIdReusedException>(() => RecordAsync(named with { Value = 1 }, overwrite: true));

        var added = four with { Value = 5, Timestamp = Time.AddHours(1), EventId = "second" };
        Assert.Equal(0, await RecordAsync(added, overwrite: false));
        Assert.Equal(1, await cluster.User(_tenant, "anna").DeleteFeedbackAsync("a", null));
        Assert.Equal(0, await RecordAsync(added, overwrite: false));
        Assert.Empty(await cluster.FeedbackOfAsync(_tenant, "anna"));

        Task<int> RecordAsync(Feedback row, bool overwrite) => (locally ? LocalRecord.Try(cluster, _tenant, row, overwrite) : null)
            ?? cluster.User(_tenant, "anna").RecordAsync(new FeedbackBatch { Rows = [row], Overwrite = overwrite });
    }

    [Fact]
    public async Task A_row_that_another_of_its_batch_has_overwritten_is_known_by_its_name_too()
    {
        var cluster = await silo.ClusterAsync();
        Feedback[] rows = [Row(1, "one"), Row(2, "two"), Row(2, "two")];
        Assert.Equal(1, await PutAsync(rows));
        Assert.Equal(1, await PutAsync(rows));
        Assert.Equal(0, await PutAsync(rows[0]));
        Assert.Equal(1, await PutAsync(rows[1]));
        Assert.Equal(2, Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna")).Value);
        await Assert.ThrowsAsync<EventIdReusedException>(() => PutAsync(Row(7, "new"), Row(8, "new")));

        Task<int> PutAsync(params Feedback[] rows) => cluster.User(_tenant, "anna").RecordAsync(new FeedbackBatch { Rows = rows, Overwrite = true });

        static Feedback Row(double value, string name) => new() { FeedbackType = "rating", UserId = "anna", ItemId = "a", Value = value, Timestamp = Time, EventId = name };
    }

    [Fact]
    public async Task What_waits_for_its_time_may_be_kept_from_waiting_twice()
    {
        var cluster = await silo.ClusterAsync();
        var today = DateTime.UtcNow.Date;
        Assert.Equal(2, await WriteBackAsync(2, "a", "b"));
        Assert.Equal(1, await WriteBackAsync(3, "a", "c", "b"));
        Assert.Equal([today.AddDays(2), today.AddDays(2), today.AddDays(3)], (await cluster.FeedbackOfAsync(_tenant, "anna")).Select(f => f.Timestamp!.Value));
        Assert.Equal(3, (await cluster.User(_tenant, "anna").EraseAsync()).Feedback);

        Task<int> WriteBackAsync(int days, params string[] items) => cluster.User(_tenant, "anna").RecordAsync(new FeedbackBatch
        {
            Rows = [.. items.Select(item => new Feedback { FeedbackType = "read", UserId = "anna", ItemId = item, Timestamp = today.AddDays(days) })], UnlessAhead = true,
        });
    }

    [Fact]
    public async Task Rows_of_a_log_without_a_time_are_dated_by_the_log_where_its_times_can_be()
    {
        var cluster = await silo.ClusterAsync();
        var before = DateTime.UtcNow.AddMilliseconds(-1);
        var told = new DateTimeOffset(Time).ToUnixTimeMilliseconds();
        var items = new[] { "first", "told", "negative", "ahead", "local" };
        var rows = items.Select(item => new Feedback { FeedbackType = "play", UserId = "anna", ItemId = item, Value = 1 }).ToArray();
        var origin = new FeedbackOrigin { Source = 1, Partition = 5, Offsets = [1, 2, 3, 4], Times = [told - 1000, told, -1, long.MaxValue] };
        Assert.Equal(1, await cluster.User(_tenant, "anna").RecordAsync(new FeedbackBatch { Rows = rows[..1], Origin = origin with { Offsets = [1], Times = [told - 1000] } }));

        // The first has been applied, and the times of the others are theirs all the same.
        Assert.Equal(3, await cluster.User(_tenant, "anna").RecordAsync(new FeedbackBatch { Rows = rows[..4], Origin = origin }));
        await cluster.Item(_tenant, "local").PutAsync(new Item { ItemId = "local" });
        var local = await (LocalRecord.Try(cluster, _tenant, rows[0], origin: origin with { Offsets = [5], Times = [told] }) ?? throw new InvalidOperationException("The user is active here."));
        Assert.Equal(1, local);

        var dates = (await cluster.FeedbackOfAsync(_tenant, "anna")).ToDictionary(row => row.ItemId, row => row.Timestamp!.Value);
        Assert.Equal((Time.AddSeconds(-1), Time), (dates["first"], dates["told"]));
        Assert.InRange(dates["negative"], before, DateTime.UtcNow);
        Assert.InRange(dates["ahead"], before, DateTime.UtcNow);
    }

    [Fact]
    public async Task A_batch_with_one_bad_row_changes_nothing()
    {
        var cluster = await silo.ClusterAsync();
        var good = new Feedback { FeedbackType = "like", UserId = "anna", ItemId = "a" };
        var exception = await Assert.ThrowsAsync<InvalidFeedbackException>(() => cluster.User(_tenant, "anna").RecordAsync(new FeedbackBatch { Rows = [good, good with { ItemId = "x/y" }] }));
        Assert.Equal((1, "ItemId"), (exception.Index, exception.Field));
        Assert.Null(await cluster.User(_tenant, "anna").GetAsync());
        Assert.Empty(await cluster.FeedbackOfAsync(_tenant, "anna"));
    }

    [Fact]
    public async Task Profile_and_feedback_survive_the_activation()
    {
        var cluster = await silo.ClusterAsync();
        var user = cluster.User(_tenant, "anna");
        Assert.False(await user.PatchAsync(new UserPatch { Comment = "nobody" }));
        await user.PutAsync(new User { UserId = "anna", LabelsJson = "[\"film\"]", Comment = "Анна" });
        await cluster.RecordAsync(_tenant, "anna", "like", "a", Time);
        await cluster.DeactivateAsync(user);
        await cluster.RecordAsync(_tenant, "anna", "like", "b", Time);
        Assert.True(await user.PatchAsync(new UserPatch { Comment = "Anna" }));
        await cluster.DeactivateAsync(user);
        Assert.Equal(new User { UserId = "anna", LabelsJson = "[\"film\"]", Comment = "Anna" }, await user.GetAsync());
        Assert.Equal(["a", "b"], (await cluster.FeedbackOfAsync(_tenant, "anna")).Select(f => f.ItemId));
        Assert.True(await user.PatchAsync(new UserPatch { LabelsJson = "null" }));
        Assert.Null((await user.GetAsync())!.LabelsJson);
    }

    [Fact]
    public async Task A_long_history_is_folded_and_still_whole()
    {
        var cluster = await silo.ClusterAsync();
        var user = cluster.User(_tenant, "anna");
        for (var batch = 0; batch < 30; batch++)
        {
            await user.RecordAsync(new FeedbackBatch
            {
                Rows = [.. Enumerable.Range(0, 40).Select(i => new Feedback { FeedbackType = "like", UserId = "anna", ItemId = $"i{batch}-{i}", Timestamp = Time.AddMinutes(batch).AddSeconds(i) })],
            });
        }

        var stored = await cluster.Service<RecordStore>().PeekAsync(StoreKeys.UserRecord(LeptonKey.For(_tenant, "anna")), withJournal: true);
        Assert.NotEqual(0, stored.Snapshot.Length);
        Assert.InRange(stored.Journal.Length, 0, 29);
        await cluster.DeactivateAsync(user);
        Assert.Equal(1200, (await cluster.FeedbackOfAsync(_tenant, "anna")).Count);
    }

    [Fact]
    public async Task More_new_types_than_there_may_be_are_refused_as_a_whole_and_numbered_none()
    {
        var cluster = await silo.ClusterAsync();
        var rows = Enumerable.Range(0, 5000)
            .Select(i => new Feedback { FeedbackType = $"{_tenant} {i}", UserId = "anna", ItemId = "a", Timestamp = Time })
            .Prepend(new Feedback { FeedbackType = "like", UserId = "anna", ItemId = "a", Timestamp = Time })
            .ToArray();

        var refusal = await Assert.ThrowsAsync<InvalidFeedbackException>(() => cluster.User(_tenant, "anna").RecordAsync(new FeedbackBatch { Rows = rows }));
        Assert.Equal(nameof(Feedback.FeedbackType), refusal.Field);
        Assert.InRange(refusal.Index, 1, FeedbackTypes.MaxNew);
        Assert.Null(await cluster.User(_tenant, "anna").GetAsync());
        Assert.DoesNotContain(rows, row => row.FeedbackType != "like" && FeedbackTypes.Knows(row.FeedbackType));
    }

    [Fact]
    public async Task A_deleted_user_is_gone_and_may_begin_anew()
    {
        var cluster = await silo.ClusterAsync();
        var user = cluster.User(_tenant, "anna");
        await cluster.RecordAsync(_tenant, "anna", "like", "a", Time);
        Assert.True((await user.EraseAsync()).Found);
        Assert.False((await user.EraseAsync()).Found);
        await cluster.DeactivateAsync(user);
        Assert.Null(await user.GetAsync());
        Assert.Equal(1, await cluster.RecordAsync(_tenant, "anna", "like", "b", Time));
        Assert.Equal(["b"], (await cluster.FeedbackOfAsync(_tenant, "anna")).Select(f => f.ItemId));
        Assert.Empty((await cluster.Grains.GetGrain<ITenantGrain>(_tenant).ListItemFeedbackAsync("a", null, 10, "")).Entries);
    }

    [Fact]
    public async Task Deleted_feedback_is_gone_of_one_type_or_of_all()
    {
        var cluster = await silo.ClusterAsync();
        var user = cluster.User(_tenant, "anna");
        foreach (var type in new[] { "like", "play", "read" })
        {
            await cluster.RecordAsync(_tenant, "anna", type, "a", Time);
        }

        Assert.Equal(1, await user.DeleteFeedbackAsync("a", "play"));
        Assert.Equal(0, await user.DeleteFeedbackAsync("a", "play"));
        Assert.Equal(0, await user.DeleteFeedbackAsync("unknown", null));
        await cluster.DeactivateAsync(user);
        Assert.Equal(["like", "read"], (await cluster.FeedbackOfAsync(_tenant, "anna")).Select(f => f.FeedbackType));
        Assert.Equal(2, await user.DeleteFeedbackAsync("a", null));
        Assert.Empty(await cluster.FeedbackOfAsync(_tenant, "anna"));
    }

    [Fact]
    public async Task An_activation_that_lost_its_record_refuses_one_write_and_the_retry_lands_once()
    {
        var cluster = await silo.ClusterAsync();
        var record = StoreKeys.UserRecord(LeptonKey.For(_tenant, "anna"));
        await cluster.RecordAsync(_tenant, "anna", "play", "a", value: 1);
        for (var round = 2; round < 6; round++)
        {
            await cluster.Service<RecordStore>().OpenAsync(record);
            await Assert.ThrowsAsync<StaleActivationException>(() => cluster.RecordAsync(_tenant, "anna", "play", "a", value: 1));
            Assert.Equal(1, await cluster.RecordAsync(_tenant, "anna", "play", "a", value: 1));
            Assert.Equal(round, Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna")).Value);
        }

        await cluster.Service<RecordStore>().OpenAsync(record);
        await Assert.ThrowsAsync<StaleActivationException>(() => cluster.User(_tenant, "anna").EraseAsync());
        Assert.Equal(5, Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna")).Value);
    }

    [Fact]
    public async Task A_resting_user_may_be_written_and_read_at_once()
    {
        var cluster = await silo.ClusterAsync();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            // Reading interleaves with writing; the two must not take the record away from each other.
            await cluster.User(_tenant, $"user {i}").PutAsync(new User { UserId = $"user {i}" });
            await cluster.DeactivateAsync(cluster.User(_tenant, $"user {i}"));
            var history = cluster.Grains.GetGrain<IUserHistoryGrain>(LeptonKey.For(_tenant, $"user {i}"));
            var read = history.GetViewAsync(-1);
            var write = cluster.RecordAsync(_tenant, $"user {i}", "like", "a", Time);
            var again = history.GetViewAsync(-1);
            await Task.WhenAll(read, write, again);
            Assert.Equal(1, await cluster.RecordAsync(_tenant, $"user {i}", "like", "b", Time));
            Assert.Equal(2, (await history.GetViewAsync(-1))!.Events.Length);
        }));
    }
}
