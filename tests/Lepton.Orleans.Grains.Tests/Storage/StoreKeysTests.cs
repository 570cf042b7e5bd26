using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Tests.Storage;

public sealed class StoreKeysTests
{
    [Theory]
    [InlineData("alice")]
    [InlineData("{")]
    [InlineData("}")]
    [InlineData("}x{")]
    [InlineData("a{b}c")]
    [InlineData("Анна 🎬")]
    public void A_record_and_its_journal_share_a_slot_whatever_the_id(string id)
    {
        foreach (var record in new[] { StoreKeys.UserRecord(LeptonKey.For("default", id)), StoreKeys.ItemRecord(LeptonKey.For("default", id)) })
        {
            Assert.NotEqual("", Tag(record));
            Assert.Equal(Tag(record), Tag(StoreKeys.Journal(record)!));
        }
    }

    [Fact]
    public void Records_of_different_users_are_on_different_slots() =>
        Assert.NotEqual(Tag(StoreKeys.UserRecord("default/alice")), Tag(StoreKeys.UserRecord("default/bob")));

    [Fact]
    public void No_two_things_have_one_name()
    {
        string[] tenants = ["a", "a:1", "a}", "default"];
        string[] ids = ["x", "x:j", "x}:j", "1", "ids", "}"];
        var names = new List<string>();
        foreach (var tenant in tenants)
        {
            names.AddRange(ids.Select(id => StoreKeys.UserRecord(LeptonKey.For(tenant, id))));
            names.AddRange(ids.Select(id => StoreKeys.ItemRecord(LeptonKey.For(tenant, id))));
            names.AddRange(Enumerable.Range(0, 20).Select(n => (string)StoreKeys.ItemFeedbackIndex(tenant, n)!));
            names.AddRange(Enumerable.Range(0, StoreKeys.IndexBuckets).SelectMany(b => new[] { (string)StoreKeys.UserIndex(tenant, b)!, (string)StoreKeys.ItemIndex(tenant, b)! }));
            names.AddRange([(string)StoreKeys.CatalogIds(tenant)!, (string)StoreKeys.CatalogDeleted(tenant)!, (string)StoreKeys.CatalogDeletions(tenant)!, (string)StoreKeys.CatalogEpoch(tenant)!]);
        }

        names.AddRange(ids.SelectMany(id => new[] { (string)StoreKeys.Turn(id)!, (string)StoreKeys.Note(id)! }));
        names.AddRange(names.ToArray().Select(n => (string)StoreKeys.Journal(n)!));
        Assert.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Buckets_are_in_range_even_and_stable()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), id => StoreKeys.Bucket(id.Get) is >= 0 and < StoreKeys.IndexBuckets).QuickCheckThrowOnFailure();
        var sizes = Enumerable.Range(0, 16_000).CountBy(i => StoreKeys.Bucket($"user-{i}")).Select(b => b.Value).ToArray();
        Assert.Equal(StoreKeys.IndexBuckets, sizes.Length);
        Assert.All(sizes, size => Assert.InRange(size, 700, 1300));

        // A stored index is read by every later release: these values are for ever.
        Assert.Equal("5 2 4", $"{StoreKeys.Bucket("alice")} {StoreKeys.Bucket("bob")} {StoreKeys.Bucket("Анна")}");
    }

    // The Redis Cluster rule: what stands between the first '{' and the first '}' after it, where that is not empty.
    private static string Tag(string key)
    {
        var open = key.IndexOf('{', StringComparison.Ordinal);
        var close = key.IndexOf('}', open + 1);
        return key[(open + 1)..close];
    }
}
