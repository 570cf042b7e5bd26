using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Clusters;
using Lepton.Orleans.Grains.Tests.Servers;
using Lepton.Orleans.Grains.Tests.Storage;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Tests.Users;

public sealed class LocalFeedbackTests(OneSilo silo)
{
    private readonly string _tenant = OpenStore.Unique();

    [Fact]
    public async Task What_is_active_and_known_is_recorded_here_and_all_else_is_left_to_the_grain()
    {
        var cluster = await silo.ClusterAsync();
        Assert.Null(LocalRecord.Try(cluster, _tenant, Play("anna", "a")));
        await cluster.RecordAsync(_tenant, "anna", "play", "a", value: 1);
        Assert.Equal(1, await LocalRecord.Try(cluster, _tenant, Play("anna", "a"))!);
        Assert.Null(LocalRecord.Try(cluster, _tenant, Play("anna", "new")));
        Assert.Null(LocalRecord.Try(cluster, _tenant, Play("anna", "a") with { FeedbackType = _tenant }));
        Assert.Null(LocalRecord.Try(cluster, _tenant, Play("bob", "a")));
        await cluster.DeactivateAsync(cluster.User(_tenant, "anna"));
        Assert.Null(LocalRecord.Try(cluster, _tenant, Play("anna", "a")));
        Assert.Equal(2, Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna")).Value);
    }

    [Fact]
    public async Task What_is_there_already_changes_nothing_and_is_answered_at_once()
    {
        var cluster = await silo.ClusterAsync();
        var row = Play("anna", "a") with { Timestamp = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc) };
        await cluster.RecordAsync(_tenant, "anna", "play", "a", row.Timestamp, 1);
        var repeated = LocalRecord.Try(cluster, _tenant, row)!;
        Assert.True(repeated.IsCompleted);
        Assert.Equal(0, await repeated);
        Assert.Equal(1, await LocalRecord.Try(cluster, _tenant, row with { Value = 5 }, overwrite: true)!);
        Assert.Equal(5, Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna")).Value);
    }

    [Fact]
    public async Task An_event_with_a_name_counts_once_and_answers_the_same_whichever_way_it_comes_again()
    {
        var cluster = await silo.ClusterAsync();
        await cluster.RecordAsync(_tenant, "anna", "play", "a", value: 1);
        var row = Play("anna", "a") with { EventId = "first" };
        Assert.Equal(1, await LocalRecord.Try(cluster, _tenant, row)!);
        Assert.Equal(1, await LocalRecord.Try(cluster, _tenant, row)!);
        Assert.Equal(1, await RecordByGrainAsync(cluster, row, row));
        await Assert.ThrowsAsync<EventIdReusedException>(() => LocalRecord.Try(cluster, _tenant, row with { Value = 2 })!);
        await Assert.ThrowsAsync<EventIdReusedException>(() => RecordByGrainAsync(cluster, row with { Value = 2 }));
        await cluster.DeactivateAsync(cluster.User(_tenant, "anna"));
        Assert.Equal(2, await RecordByGrainAsync(cluster, row, row with { EventId = "second" }));
        Assert.Equal(3, Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna")).Value);
    }

    [Fact]
    public async Task Of_many_sendings_of_one_event_at_once_one_counts_though_activations_lose_their_record()
    {
        var cluster = await silo.ClusterAsync();
        await cluster.RecordAsync(_tenant, "anna", "play", "a", value: 1);
        for (var round = 1; round <= 20; round++)
        {
            var row = Play("anna", "a") with { EventId = $"event {round}" };
            await Task.WhenAll(Enumerable.Range(0, 8).Select(sender => Task.Run(async () =>
            {
                while (true)
                {
                    try
                    {
                        if (sender == 3)
                        {
                            await cluster.Service<RecordStore>().OpenAsync(StoreKeys.UserRecord(LeptonKey.For(_tenant, "anna")));
                        }

                        Assert.Equal(1, await ((sender % 2 == 0 ? LocalRecord.Try(cluster, _tenant, row) : null) ?? RecordByGrainAsync(cluster, row)));
                        return;
                    }
                    catch (StaleActivationException)
                    {
                        sender = -1;
                    }
                }
            })));
            Assert.Equal(1 + round, Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna")).Value);
        }
    }

    [Fact]
    public async Task The_view_holds_a_write_before_its_receipt_comes()
    {
        var cluster = await silo.ClusterAsync();
        await cluster.RecordAsync(_tenant, "anna", "play", "a");
        for (var count = 2; count < 20; count++)
        {
            var seen = 0;
            await LocalRecord.Try(cluster, _tenant, Play("anna", "a"), atReceipt: () => seen = cluster.Service<LocalUsers>().View(_tenant, "anna")!.Events.Length)!;
            Assert.Equal(count, seen);
        }
    }

    [Fact]
    public async Task Writes_that_come_both_ways_at_once_are_kept_once_each_whoever_takes_the_record_away()
    {
        var cluster = await silo.ClusterAsync();
        const int writers = 8, rounds = 40;
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async u =>
        {
            var id = $"user {u}";
            await cluster.RecordAsync(_tenant, id, "play", "a", value: 1);
            var kept = 1;
            await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
            {
                for (var round = 0; round < rounds; round++)
                {
                    if (writer == 0 && round % 10 == 5)
                    {
                        await cluster.Service<RecordStore>().OpenAsync(StoreKeys.UserRecord(LeptonKey.For(_tenant, id)));
                    }
                    else if (writer == 1 && round % 10 == 5)
                    {
                        await cluster.DeactivateAsync(cluster.User(_tenant, id));
                    }

                    try
                    {
                        var local = writer % 2 == 0 ? LocalRecord.Try(cluster, _tenant, Play(id, "a")) : null;
                        Interlocked.Add(ref kept, await (local ?? cluster.RecordAsync(_tenant, id, "play", "a", value: 1)));
                    }
                    catch (Exception exception) when (exception is StaleActivationException || exception.GetType() == typeof(OrleansMessageRejectionException))
                    {
                        // Nothing of it was kept; so many deactivations in a row can also be too many for a message to follow.
                    }
                }
            })));

            Assert.Equal(kept, Assert.Single(await cluster.FeedbackOfAsync(_tenant, id)).Value);
            await cluster.DeactivateAsync(cluster.User(_tenant, id));
            Assert.Equal(kept, Assert.Single(await cluster.FeedbackOfAsync(_tenant, id)).Value);
        }));
    }

    [Fact]
    public async Task Requests_of_a_busy_user_wait_in_line_up_to_a_bound()
    {
        // Of its own: whoever else writes beside it would send these requests along.
        using var server = new StoreServer(StoreKind.Garnet);
        await using var cluster = await LeptonCluster.StartAsync(() => server.Connect(TimeSpan.FromSeconds(5)), StoreKind.Garnet, 1);
        await cluster.RecordAsync(_tenant, "anna", "play", "a", value: 1);
        var local = cluster.Service<LocalFeedback>();

        // Nothing is sent before Send, so the first request is under way until then.
        var begun = new List<Task<int>>();
        while (LocalRecord.Try(cluster, _tenant, Play("anna", "a"), send: false) is { } record)
        {
            begun.Add(record);
            Assert.InRange(begun.Count, 1, 100);
        }

        Assert.True(begun.Count > 10);
        Assert.All(begun, b => Assert.False(b.IsCompleted));
        local.Send();
        Assert.All(await Task.WhenAll(begun), changed => Assert.Equal(1, changed));
        Assert.Equal(1 + begun.Count, Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna")).Value);
    }

    [Fact]
    public async Task A_record_that_was_taken_away_refuses_the_write_and_the_grain_goes_on()
    {
        var cluster = await silo.ClusterAsync();
        await cluster.RecordAsync(_tenant, "anna", "play", "a", value: 1);
        await cluster.Service<RecordStore>().OpenAsync(StoreKeys.UserRecord(LeptonKey.For(_tenant, "anna")));
        await Assert.ThrowsAsync<StaleActivationException>(() => LocalRecord.Try(cluster, _tenant, Play("anna", "a"))!);
        Assert.Null(cluster.Service<LocalUsers>().View(_tenant, "anna"));
        Assert.Equal(1, await cluster.RecordAsync(_tenant, "anna", "play", "a", value: 1));
        Assert.Equal(2, Assert.Single(await cluster.FeedbackOfAsync(_tenant, "anna")).Value);
    }

    [Fact]
    public async Task A_store_that_is_gone_fails_the_write_and_no_view_claims_to_know_how_it_ended()
    {
        using var server = new StoreServer(StoreKind.Garnet);
        await using var cluster = await LeptonCluster.StartAsync(() => server.Connect(TimeSpan.FromSeconds(1.5)), StoreKind.Garnet, 1);
        await cluster.RecordAsync(_tenant, "anna", "play", "a", value: 1);
        server.Stop();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => LocalRecord.Try(cluster, _tenant, Play("anna", "a"))!);
        Assert.Null(cluster.Service<LocalUsers>().View(_tenant, "anna"));
        Assert.Null(LocalRecord.Try(cluster, _tenant, Play("anna", "a")));
        server.Start();
        await LeptonCluster.EventuallyAsync(async () => await IsRecordedAsync(cluster), "the store is used again");
        Assert.Equal(1, await LocalRecord.Try(cluster, _tenant, Play("anna", "a"))!);
    }

    private Task<int> RecordByGrainAsync(LeptonCluster cluster, params Feedback[] rows) =>
        cluster.User(_tenant, rows[0].UserId).RecordAsync(new FeedbackBatch { Rows = rows });

    private async Task<bool> IsRecordedAsync(LeptonCluster cluster)
    {
        try
        {
            return await cluster.RecordAsync(_tenant, "anna", "play", "a", value: 1) == 1;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private static Feedback Play(string user, string item) => new() { FeedbackType = "play", UserId = user, ItemId = item, Value = 1 };
}
