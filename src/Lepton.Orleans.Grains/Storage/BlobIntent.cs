using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>
/// What a write of a blob says before it writes: which chunks there may be. A write that was cut off leaves its intent, and
/// the next one removes what that names. The intent is also the writer's right to publish: whoever begins takes it over.
/// </summary>
/// <remarks>Its value lists versions of the blob: the one being written, then those whose chunks may be left.</remarks>
internal sealed class BlobIntent
{
    // So many chunks are announced at once.
    private const int Ahead = 16;

    private const string SetScript = """
        if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[2], ARGV[2])
        return 1
        """;

    private readonly DurableStore _store;
    private readonly string _name;
    private BlobVersion _written;
    private BlobVersion? _current;
    private string _value;

    private BlobIntent(DurableStore store, string name, BlobVersion written, string value) =>
        (_store, _name, _written, _value) = (store, name, written, value);

    private RedisKey Key => KeyOf(_name);

    /// <summary>Takes the blob over, and removes what writes have left that were cut off.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">The blob.</param>
    /// <param name="version">The version to write.</param>
    /// <exception cref="StaleActivationException">Another write has begun.</exception>
    public static async Task<BlobIntent> BeginAsync(DurableStore store, string name, long version)
    {
        var left = (string?)await store.Reads.StringGetAsync(KeyOf(name)) is { } before ? before.Split(' ').Select(BlobVersion.Parse).ToList() : [];
        var written = new BlobVersion(version, Ahead);
        var intent = new BlobIntent(store, name, written, Value([written, .. left]));
        await store.WriteAsync(intent.Key, d => d.StringSetAsync(intent.Key, intent._value));

        // Only now, when nobody else can publish any more. What is left stays named until it is gone.
        intent._current = await BlobStore.ManifestAsync(store, name);
        foreach (var gone in left.Where(v => v.Version != version && v.Version != intent._current?.Version))
        {
            await intent.RemoveChunksAsync(gone);
        }

        await intent.AnnounceAsync(written);
        return intent;
    }

    /// <summary>Makes sure that so many chunks are announced.</summary>
    /// <exception cref="StaleActivationException">Another write has begun.</exception>
    public async Task AllowAsync(int chunks)
    {
        if (chunks > _written.Chunks)
        {
            await AnnounceAsync(_written with { Chunks = chunks + Ahead });
        }
    }

    /// <summary>Shows readers what was written, removes the version before, and ends the intent.</summary>
    /// <exception cref="StaleActivationException">Another write has begun.</exception>
    public async Task PublishAsync(BlobVersion manifest)
    {
        await SetAsync(StoreKeys.Blob(_name), manifest.ToString());
        if (_current is { } before && before.Version != manifest.Version)
        {
            await RemoveChunksAsync(before);
        }

        await _store.RemoveWhereAsync(Key, _value);
    }

    private async Task AnnounceAsync(BlobVersion written)
    {
        var value = Value(_current is { } current ? [written, current] : [written]);
        await SetAsync(Key, value);
        (_written, _value) = (written, value);
    }

    private async Task SetAsync(RedisKey key, string value)
    {
        if ((long)await _store.WriteAsync(Key, d => d.ScriptEvaluateAsync(SetScript, [Key, key], [_value, value])) == 0)
        {
            await RemoveChunksAsync(_written);
            throw new StaleActivationException(StoreKeys.Blob(_name));
        }
    }

    private Task<long> RemoveChunksAsync(BlobVersion version) => _store.WriteAsync(Key, d =>
        d.KeyDeleteAsync([.. Enumerable.Range(0, version.Chunks).Select(i => BlobStore.Chunk(_name, version.Version, i))]));

    private static RedisKey KeyOf(string name) => StoreKeys.Blob(name) + ":intent";

    private static string Value(IEnumerable<BlobVersion> versions) => string.Join(' ', versions);
}
