using System.Reflection;
using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Grains.Storage;
using StackExchange.Redis;

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
    public void A_key_says_what_it_is_and_whose()
    {
        foreach (var id in new[] { "x", "x:j", "x}:j", "}", "1", "Анна 🎬", "a}:j5678901234567" })
        {
            var (user, item) = (StoreKeys.UserRecord(LeptonKey.For("a:1}", id)), StoreKeys.ItemRecord(LeptonKey.For("a:1}", id)));
            var owner = $"a:1}}/{id}";
            Assert.Equal(new StoreKeyName(StoreKeyKind.User, owner, 0), StoreKeyName.Of(user));
            Assert.Equal(new StoreKeyName(StoreKeyKind.UserJournal, owner, 0), StoreKeyName.Of(StoreKeys.Journal(user)));
            Assert.Equal(new StoreKeyName(StoreKeyKind.UserLeftover, owner, 0), StoreKeyName.Of(StoreKeys.Journal(user).Append("0123456789abcdef")));
            Assert.Equal(new StoreKeyName(StoreKeyKind.Item, owner, 0), StoreKeyName.Of(item));
            Assert.Equal(new StoreKeyName(StoreKeyKind.ItemJournal, owner, 0), StoreKeyName.Of(StoreKeys.Journal(item)));
        }

        foreach (var tenant in new[] { "a", "a:1", "a}", "default" })
        {
            Assert.Equal(new StoreKeyName(StoreKeyKind.UserIndex, tenant, 7), StoreKeyName.Of(StoreKeys.UserIndex(tenant, 7)));
            Assert.Equal(new StoreKeyName(StoreKeyKind.ItemIndex, tenant, 15), StoreKeyName.Of(StoreKeys.ItemIndex(tenant, 15)));
            Assert.Equal(new StoreKeyName(StoreKeyKind.ItemFeedbackIndex, tenant, 123456), StoreKeyName.Of(StoreKeys.ItemFeedbackIndex(tenant, 123456)));
        }

        foreach (var other in new RedisKey[] { "", "lepton", "lepton:{", "lepton:{u", "lepton:{u:a", "lepton:{f:a}", "lepton:{f:a:x}", "lepton:{later:a}", "somebody's" })
        {
            Assert.Equal(default, StoreKeyName.Of(other));
        }
    }

    [Fact]
    public void Every_key_that_is_made_is_known_when_it_is_met()
    {
        // By reflection, so that a kind of key that comes later is not forgotten where the whole store is looked through.
        foreach (var method in typeof(StoreKeys).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(m => m.ReturnType == typeof(RedisKey) || m.ReturnType == typeof(string)))
        {
            object[] arguments = [.. method.GetParameters().Select(p =>
                p.ParameterType == typeof(int) ? 3
                : p.ParameterType == typeof(long) ? 3L
                : p.ParameterType == typeof(RedisKey) ? (RedisKey)StoreKeys.UserRecord("default/anna")
                : p.ParameterType == typeof(Fence) ? new Fence()
                : (object)"default/anna")];
            RedisKey key = method.Invoke(null, arguments) switch { string text => text, var made => (RedisKey)made! };
            Assert.True(StoreKeyName.Of(key).Kind != StoreKeyKind.Unknown, $"{method.Name} makes {key}, which is of no known kind.");
        }
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
