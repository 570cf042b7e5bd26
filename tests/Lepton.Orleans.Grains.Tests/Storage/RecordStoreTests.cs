using System.Text;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Servers;

namespace Lepton.Orleans.Grains.Tests.Storage;

public sealed class RecordStoreTests(StoreServers servers)
{
    [Theory, EachStore]
    public async Task A_record_nobody_wrote_is_missing_and_opening_it_creates_nothing(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var record = OpenStore.UniqueRecord();
        var (fence, found) = await store.Records.OpenAsync(record);
        Assert.False(found.Exists);
        Assert.True(fence.MayCreate);
        Assert.False((await store.Records.PeekAsync(record, withJournal: true)).Exists);
        Assert.False(await store.Database.KeyExistsAsync(record));
    }

    [Theory, EachStore]
    public async Task What_was_saved_and_appended_is_what_the_next_opening_reads(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var record = OpenStore.UniqueRecord();
        var (fence, _) = await store.Records.OpenAsync(record);
        await store.Records.AppendAsync(record, fence, Bytes("one"));
        await store.Records.AppendAsync(record, fence, Bytes("two\0\r\n"));
        await AssertHolds(store, record, "", "one", "two\0\r\n");

        await store.Records.SaveAsync(record, fence, Bytes("snapshot"));
        await AssertHolds(store, record, "snapshot");

        await store.Records.AppendAsync(record, fence, Bytes("three"));
        await AssertHolds(store, record, "snapshot", "three");
        var (_, opened) = await store.Records.OpenAsync(record);
        AssertHolds(opened, "snapshot", "three");

        Assert.Empty((await store.Records.PeekAsync(record, withJournal: false)).Journal);
    }

    [Theory, EachStore]
    public async Task Every_write_of_an_older_owner_is_refused_and_leaves_nothing_behind(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var record = OpenStore.UniqueRecord();
        var (old, _) = await store.Records.OpenAsync(record);
        await store.Records.SaveAsync(record, old, Bytes("snapshot"));
        await store.Records.AppendAsync(record, old, Bytes("frame"));

        var (living, _) = await store.Records.OpenAsync(record);
        await AssertStale(() => store.Records.AppendAsync(record, old, Bytes("late")), record);
        await AssertStale(() => store.Records.SaveAsync(record, old, Bytes("late")), record);
        await AssertStale(() => store.Records.DeleteAsync(record, old), record);
        await AssertHolds(store, record, "snapshot", "frame");

        await store.Records.AppendAsync(record, living, Bytes("next"));
        await AssertHolds(store, record, "snapshot", "frame", "next");
    }

    [Theory, EachStore]
    public async Task Of_two_that_found_no_record_the_first_to_write_owns_it(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var record = OpenStore.UniqueRecord();
        var (first, _) = await store.Records.OpenAsync(record);
        var (second, _) = await store.Records.OpenAsync(record);
        await store.Records.AppendAsync(record, second, Bytes("mine"));
        await AssertStale(() => store.Records.AppendAsync(record, first, Bytes("late")), record);
        await AssertStale(() => store.Records.SaveAsync(record, first, Bytes("late")), record);
        await AssertHolds(store, record, "", "mine");
    }

    [Theory, EachStore]
    public async Task An_erased_record_is_not_brought_back_by_an_older_owner(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var record = OpenStore.UniqueRecord();
        var (old, _) = await store.Records.OpenAsync(record);
        await store.Records.AppendAsync(record, old, Bytes("frame"));
        var (living, _) = await store.Records.OpenAsync(record);
        await store.Records.DeleteAsync(record, living);
        await AssertStale(() => store.Records.AppendAsync(record, old, Bytes("late")), record);
        await AssertStale(() => store.Records.SaveAsync(record, old, Bytes("late")), record);
        Assert.False(await store.Database.KeyExistsAsync(record));
        Assert.False(await store.Database.KeyExistsAsync(StoreKeys.Journal(record)));

        // The one that erased it may begin a new life.
        await store.Records.AppendAsync(record, living, Bytes("new"));
        await AssertHolds(store, record, "", "new");
        await AssertStale(() => store.Records.AppendAsync(record, old, Bytes("late")), record);
    }

    [Theory, EachStore]
    public async Task A_record_that_was_given_back_is_its_snapshot_alone_and_its_owner_writes_no_more(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var record = OpenStore.UniqueRecord();
        var (fence, _) = await store.Records.OpenAsync(record);
        await store.Records.AppendAsync(record, fence, Bytes("frame"));
        await store.Records.ReleaseAsync(record, fence);
        await AssertHolds(store, record, "", "frame");

        await store.Records.SaveAsync(record, fence, Bytes("snapshot"), leaves: true);
        Assert.False(await store.Database.KeyExistsAsync(StoreKeys.Journal(record)));
        await AssertStale(() => store.Records.AppendAsync(record, fence, Bytes("late")), record);
        await AssertStale(() => store.Records.SaveAsync(record, fence, Bytes("late")), record);
        await AssertHolds(store, record, "snapshot");

        var (reader, _) = await store.Records.OpenAsync(record);
        Assert.True(await store.Database.KeyExistsAsync(StoreKeys.Journal(record)));
        await store.Records.ReleaseAsync(record, fence);
        Assert.True(await store.Database.KeyExistsAsync(StoreKeys.Journal(record)));
        await store.Records.ReleaseAsync(record, reader);
        Assert.False(await store.Database.KeyExistsAsync(StoreKeys.Journal(record)));
        await AssertHolds(store, record, "snapshot");
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static async Task AssertStale(Func<Task> write, string record) =>
        Assert.Equal(record, (await Assert.ThrowsAsync<StaleActivationException>(write)).Record);

    private static async Task AssertHolds(OpenStore store, string record, string snapshot, params string[] journal) =>
        AssertHolds(await store.Records.PeekAsync(record, withJournal: true), snapshot, journal);

    private static void AssertHolds(StoredRecord found, string snapshot, params string[] journal)
    {
        Assert.True(found.Exists);
        Assert.Equal(snapshot, Encoding.UTF8.GetString(found.Snapshot.Span));
        Assert.Equal(journal, found.Journal.Select(Encoding.UTF8.GetString));
    }
}
