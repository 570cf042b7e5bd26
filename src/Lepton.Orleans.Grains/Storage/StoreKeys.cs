using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>
/// The names of everything in the store. A hash tag per user, item, shard or index bucket keeps a record, its journal
/// and its fence in one slot, so that a Redis Cluster works.
/// </summary>
internal static class StoreKeys
{
    /// <summary>Over how many sorted sets an enumeration is spread.</summary>
    public const int IndexBuckets = 16;

    /// <summary>For how many days merges are remembered, the last of them being forgotten: longer than a backup takes.</summary>
    public const int MergedDays = 4;

    private static readonly RedisKey JournalSuffix = ":j";

    /// <summary>Raised by two when a connection is first written over: see <see cref="DurableStore"/>.</summary>
    public static RedisKey Starts => "lepton:starts";

    public static string UserRecord(string key) => $"lepton:{{u:{key}}}";

    public static string ItemRecord(string key) => $"lepton:{{i:{key}}}";

    public static RedisKey Journal(RedisKey record) => record.Append(JournalSuffix);

    /// <summary>Where a journal is made before it takes the place of what is there: no two activations make one under the same name.</summary>
    public static RedisKey FreshJournal(RedisKey record, Fence fence) => Journal(record).Append(fence.Token);

    public static RedisKey CatalogIds(string tenant) => $"lepton:{{c:{tenant}}}:ids";

    public static RedisKey CatalogDeleted(string tenant) => $"lepton:{{c:{tenant}}}:deleted";

    public static RedisKey CatalogDeletions(string tenant) => $"lepton:{{c:{tenant}}}:deletions";

    public static RedisKey CatalogEpoch(string tenant) => $"lepton:{{c:{tenant}}}:epoch";

    /// <summary>The erasures that no build has heeded yet.</summary>
    public static RedisKey Erasures(string tenant) => $"lepton:{{e:{tenant}}}";

    public static RedisKey UserIndex(string tenant, int bucket) => $"lepton:{{xu:{tenant}:{bucket}}}";

    public static RedisKey ItemIndex(string tenant, int bucket) => $"lepton:{{xi:{tenant}:{bucket}}}";

    public static RedisKey ItemFeedbackIndex(string tenant, int number) => $"lepton:{{f:{tenant}:{number}}}";

    /// <summary>
    /// Who others were merged into, by the day modulo <see cref="MergedDays"/>: a backup that is being made looks at them once more.
    /// </summary>
    public static RedisKey MergedIndex(string tenant, long day) => $"lepton:{{xm:{tenant}:{day % MergedDays}}}";

    /// <summary>Who was restored by the backup that is being restored.</summary>
    public static RedisKey RestoredIndex(string tenant) => $"lepton:{{xr:{tenant}}}";

    public static string Blob(string name) => $"lepton:{{b:{name}}}";

    public static RedisKey Turn(string work) => $"lepton:{{t:{work}}}";

    public static RedisKey Note(string work) => $"lepton:{{t:{work}}}:note";

    /// <summary>The bucket of an id, stable for ever.</summary>
    public static int Bucket(string id)
    {
        var hash = Hash(id);
        return (int)((hash ^ (hash >> 16)) % IndexBuckets);
    }

    /// <summary>FNV-1a over an id's characters, stable for ever.</summary>
    public static uint Hash(string id)
    {
        var hash = 2166136261u;
        foreach (var c in id)
        {
            hash = (hash ^ c) * 16777619u;
        }

        return hash;
    }
}
