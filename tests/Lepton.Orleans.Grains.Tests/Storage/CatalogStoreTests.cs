using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Servers;

namespace Lepton.Orleans.Grains.Tests.Storage;

public sealed class CatalogStoreTests(StoreServers servers)
{
    [Theory, EachStore]
    public async Task A_number_is_given_once(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var tenant = OpenStore.Unique();
        await store.Catalog.AppendAsync(tenant, 0, ["a", "b"]);
        Assert.Equal(tenant, (await Assert.ThrowsAsync<StaleActivationException>(() => store.Catalog.AppendAsync(tenant, 1, ["c"]))).Record);
        await Assert.ThrowsAsync<StaleActivationException>(() => store.Catalog.AppendAsync(tenant, 3, ["c"]));
        await store.Catalog.AppendAsync(tenant, 2, ["c"]);
        var (ids, deleted, _) = await store.Catalog.ReadAsync(tenant);
        Assert.Equal(["a", "b", "c"], ids);
        Assert.Empty(deleted);
    }

    [Theory, EachStore]
    public async Task Of_concurrent_writers_one_wins_every_number(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var tenant = OpenStore.Unique();
        var won = await Task.WhenAll(Enumerable.Range(0, 20).Select(async writer =>
        {
            try
            {
                await store.Catalog.AppendAsync(tenant, 0, [$"{writer} a", $"{writer} b"]);
                return writer;
            }
            catch (StaleActivationException)
            {
                return -1;
            }
        }));
        var winner = Assert.Single(won, w => w >= 0);
        Assert.Equal([$"{winner} a", $"{winner} b"], (await store.Catalog.ReadAsync(tenant)).Ids);
    }

    [Theory, EachStore]
    public async Task A_large_catalogue_reads_back_in_the_order_of_its_numbers(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var tenant = OpenStore.Unique();
        var ids = Enumerable.Range(0, 25_000).Select(i => $"item {i}").ToArray();
        foreach (var chunk in ids.Chunk(5000))
        {
            await store.Catalog.AppendAsync(tenant, (await store.Catalog.ReadAsync(tenant)).Ids.Count, chunk);
        }

        await store.Catalog.MarkDeletedAsync(tenant, 17);
        await store.Catalog.MarkDeletedAsync(tenant, 17);
        var (read, deleted, _) = await store.Catalog.ReadAsync(tenant);
        Assert.Equal(ids, read);
        Assert.Equal([17], deleted);
    }

    [Theory, EachStore]
    public async Task A_deletion_is_unfinished_until_it_is_finished_and_only_what_was_deleted_can_be(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var tenant = OpenStore.Unique();
        await store.Catalog.AppendAsync(tenant, 0, ["a", "b", "c"]);
        await store.Catalog.MarkDeletedAsync(tenant, 0);
        await store.Catalog.MarkDeletedAsync(tenant, 2);

        // What a process leaves that ended between the note and the mark.
        await store.Database.SetAddAsync(StoreKeys.CatalogDeletions(tenant), 1);

        Assert.Equal([0, 2], (await store.Catalog.ReadAsync(tenant)).Unfinished.Order());
        await store.Catalog.FinishDeletionAsync(tenant, 0);
        var (_, deleted, unfinished) = await store.Catalog.ReadAsync(tenant);
        Assert.Equal([0, 2], deleted.Order());
        Assert.Equal([2], unfinished);
    }
}
