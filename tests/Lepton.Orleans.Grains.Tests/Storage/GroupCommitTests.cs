using System.Globalization;
using System.Text;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Servers;

namespace Lepton.Orleans.Grains.Tests.Storage;

public sealed class GroupCommitTests(StoreServers servers)
{
    [Theory, EachStore]
    public async Task Ten_thousand_concurrent_appends_are_all_there_once_and_in_the_order_of_their_record(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var records = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            var record = OpenStore.UniqueRecord();
            return (record, (await store.Records.OpenAsync(record)).Fence);
        }));
        var index = StoreKeys.UserIndex(OpenStore.Unique(), 0);
        await Parallel.ForEachAsync(records, new ParallelOptions { MaxDegreeOfParallelism = 100 }, async (r, _) =>
        {
            var entry = store.Records.AddToIndexesAsync([index], r.record);
            for (var i = 0; i < 100; i++)
            {
                await store.Records.AppendAsync(r.record, r.Fence, Frame(i));
            }

            await entry;
        });

        foreach (var (record, _) in records)
        {
            var journal = (await store.Records.PeekAsync(record, withJournal: true)).Journal;
            Assert.Equal(Enumerable.Range(0, 100), journal.Select(f => int.Parse(Encoding.UTF8.GetString(f), CultureInfo.InvariantCulture)));
        }

        Assert.Equal(records.Select(r => r.record).Order(StringComparer.Ordinal), await store.Indexes.RangeAsync(index, "", 1000));
    }

    [Theory, EachStore]
    public async Task A_batch_with_one_stale_owner_refuses_only_that_one(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var (good, lost) = (OpenStore.UniqueRecord(), OpenStore.UniqueRecord());
        var (fence, _) = await store.Records.OpenAsync(good);
        var (old, _) = await store.Records.OpenAsync(lost);
        await store.Records.AppendAsync(lost, old, Frame(0));
        await store.Records.OpenAsync(lost);

        var writes = Enumerable.Range(0, 300).Select(i => i % 3 == 1
            ? (Stale: true, Task: store.Records.AppendAsync(lost, old, Frame(i)))
            : (Stale: false, Task: store.Records.AppendAsync(good, fence, Frame(i)))).ToArray();
        foreach (var (stale, task) in writes)
        {
            if (stale)
            {
                await Assert.ThrowsAsync<StaleActivationException>(() => task);
            }
            else
            {
                await task;
            }
        }

        Assert.Equal(200, (await store.Records.PeekAsync(good, withJournal: true)).Journal.Length);
        Assert.Single((await store.Records.PeekAsync(lost, withJournal: true)).Journal);
    }

    [Theory, EachStore]
    public async Task A_batch_with_one_record_that_the_store_fails_at_keeps_all_others(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var records = Enumerable.Range(0, 9).Select(_ => OpenStore.UniqueRecord()).ToArray();
        var fences = new List<Fence>();
        foreach (var record in records)
        {
            var (fence, _) = await store.Records.OpenAsync(record);
            await store.Records.AppendAsync(record, fence, Frame(0));
            fences.Add(fence);
        }

        // No journal is a text: what is appended to one fails in the middle of the script.
        await store.Database.StringSetAsync(StoreKeys.Journal(records[4]), "in disorder");
        var writes = Enumerable.Range(1, 40)
            .SelectMany(i => records.Select((record, r) => (Failing: r == 4, Task: store.Records.AppendAsync(record, fences[r], Frame(i)))))
            .ToArray();
        foreach (var (failing, task) in writes)
        {
            if (failing)
            {
                Assert.Contains("WRONGTYPE", (await Assert.ThrowsAsync<StoreUnavailableException>(() => task)).ToString(), StringComparison.Ordinal);
            }
            else
            {
                await task;
            }
        }

        foreach (var record in records.Where((_, r) => r != 4))
        {
            Assert.Equal(41, (await store.Records.PeekAsync(record, withJournal: true)).Journal.Length);
        }
    }

    [Theory, EachStore]
    public async Task What_was_accepted_before_the_stop_is_written_and_what_comes_after_is_refused(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var record = OpenStore.UniqueRecord();
        var (fence, _) = await store.Records.OpenAsync(record);
        var writes = Enumerable.Range(0, 2000).Select(i => store.Records.AppendAsync(record, fence, Frame(i))).ToArray();
        await store.Commits.StopAsync(CancellationToken.None);
        await Task.WhenAll(writes);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Records.AppendAsync(record, fence, Frame(2000)));
        Assert.Equal(2000, (await store.Records.PeekAsync(record, withJournal: true)).Journal.Length);
    }

    private static byte[] Frame(int i) => Encoding.UTF8.GetBytes(i.ToString(CultureInfo.InvariantCulture));
}
