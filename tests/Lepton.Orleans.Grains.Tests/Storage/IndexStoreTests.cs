using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Tests.Servers;

namespace Lepton.Orleans.Grains.Tests.Storage;

public sealed class IndexStoreTests(StoreServers servers)
{
    [Theory, EachStore]
    public async Task An_enumeration_meets_every_member_exactly_once_while_others_are_added_and_removed(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var tenant = OpenStore.Unique();
        var lasting = Enumerable.Range(0, 500).Select(i => $"{i % 7} Анна {i}").ToArray();
        await Task.WhenAll(lasting.Select(id => store.Records.AddToIndexesAsync([StoreKeys.UserIndex(tenant, StoreKeys.Bucket(id))], id)));

        using var enough = new CancellationTokenSource();
        var writes = Task.Run(async () =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                var id = $"{i % 7} passing {i}";
                var index = StoreKeys.UserIndex(tenant, StoreKeys.Bucket(id));
                await store.Records.AddToIndexesAsync([index], id);
                if (i % 2 == 0)
                {
                    await store.Indexes.RemoveAsync(index, id);
                }
            }
        }, CancellationToken.None);
        foreach (var size in new[] { 1000, 37, 16, 3 })
        {
            var met = new List<string>();
            IndexPosition? position = IndexPosition.Start;
            while (position is { } from)
            {
                var (members, next) = await store.Indexes.RangeAsync(b => StoreKeys.UserIndex(tenant, b), from, size);
                Assert.True(members.Count == size || next is null);
                met.AddRange(members);
                position = next;
            }

            Assert.Equal(met.Count, met.Distinct(StringComparer.Ordinal).Count());
            Assert.Equal(lasting.Order(StringComparer.Ordinal), met.Intersect(lasting).Order(StringComparer.Ordinal));
        }

        await enough.CancelAsync();
        await writes;
    }

    [Theory, EachStore]
    public async Task Members_can_be_counted_removed_and_dropped(StoreKind kind)
    {
        await using var store = await OpenStore.ConnectAsync(servers, kind);
        var tenant = OpenStore.Unique();
        string[] ids = ["a", "b", "c", "d"];
        foreach (var id in ids.Concat(ids))
        {
            await store.Records.AddToIndexesAsync([StoreKeys.ItemIndex(tenant, StoreKeys.Bucket(id))], id);
        }

        Assert.Equal(4, await store.Indexes.CountAsync(b => StoreKeys.ItemIndex(tenant, b)));
        await store.Indexes.RemoveAsync(StoreKeys.ItemIndex(tenant, StoreKeys.Bucket("b")), "b");
        Assert.Equal(3, await store.Indexes.CountAsync(b => StoreKeys.ItemIndex(tenant, b)));
        for (var bucket = 0; bucket < StoreKeys.IndexBuckets; bucket++)
        {
            await store.Indexes.DropAsync(StoreKeys.ItemIndex(tenant, bucket));
        }

        Assert.Equal(0, await store.Indexes.CountAsync(b => StoreKeys.ItemIndex(tenant, b)));
    }
}
