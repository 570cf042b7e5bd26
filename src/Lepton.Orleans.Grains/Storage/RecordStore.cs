using System.Globalization;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>
/// Records with a journal and a fence. A record is a token, a byte that says what follows, and a snapshot or the first
/// frame; its journal is a list of the frames that came after. Opening a record takes it over: from then on writes of
/// earlier owners are refused.
/// </summary>
/// <remarks>
/// A Redis that loses the end of its append-only file can bring back a part of a script nobody had an answer to, and that
/// before what was written in its place (see <see cref="DurableStore"/>). Hence a record is created, replaced and deleted
/// by one command each, and whoever reads a journal takes the last of the frames that lead to one version.
/// </remarks>
internal sealed class RecordStore(DurableStore store, GroupCommit commits)
{
    private const string OpenScript = """
        local record = redis.call('GET', KEYS[1])
        if not record then return {} end
        redis.call('SETRANGE', KEYS[1], 0, ARGV[1])
        return {record, redis.call('LRANGE', KEYS[2], 0, -1)}
        """;

    private const string SaveScript = """
        local held = redis.call('GETRANGE', KEYS[1], 0, 15)
        if held == ARGV[1] or (held == '' and ARGV[2] == '1') then
          redis.call('SET', KEYS[1], ARGV[1] .. '\0' .. ARGV[3])
          redis.call('DEL', KEYS[2])
          return 1
        end
        return 0
        """;

    private const string DeleteScript = """
        local held = redis.call('GETRANGE', KEYS[1], 0, 15)
        if held == '' then return 1 end
        if held ~= ARGV[1] then return 0 end
        redis.call('DEL', KEYS[1], KEYS[2])
        return 1
        """;

    /// <summary>Takes a record over and reads it.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<(Fence Fence, StoredRecord Record)> OpenAsync(RedisKey record) => DurableStore.Guard($"open {record}", async () =>
    {
        var fence = new Fence();
        var reply = (RedisResult[]?)await store.WriteAsync(d => d.ScriptEvaluateAsync(OpenScript, [record, StoreKeys.Journal(record)], [fence.Token]));
        if (reply is not { Length: 2 })
        {
            fence.MayCreate = true;
            return (fence, StoredRecord.Missing);
        }

        return (fence, Parse((byte[])reply[0]!, Array.ConvertAll((RedisResult[])reply[1]!, frame => (byte[])frame!)));
    });

    /// <summary>Reads a record without taking it over: for enumerations and builds.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<StoredRecord> PeekAsync(RedisKey record, bool withJournal) => DurableStore.Guard($"read {record}", async () =>
    {
        // The journal first: a fold between the two reads then shows its frames twice in the worst case, never not at all,
        // and frames carry the version they lead to.
        var journal = withJournal ? store.Reads.ListRangeAsync(StoreKeys.Journal(record)) : Task.FromResult<RedisValue[]>([]);
        var content = store.Reads.StringGetAsync(record);
        var frames = await journal;
        var value = (byte[]?)await content;
        return value is null ? StoredRecord.Missing : Parse(value, Array.ConvertAll(frames, f => (byte[])f!));
    });

    /// <summary>Appends a frame to the journal and adds an id to indexes, in the round trip of the appends around it.</summary>
    /// <exception cref="StaleActivationException">Another activation has opened the record; the entries may have been added.</exception>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public async Task AppendAsync(RedisKey record, Fence fence, byte[] frame, IReadOnlyList<RedisKey> indexes, RedisValue member)
    {
        var kept = await DurableStore.Guard("append", () => commits.AppendAsync(record, fence, frame, indexes, member));
        Confirm(kept, record, fence);
    }

    /// <summary>Adds an id to indexes, in the round trip of the appends around it.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public Task AddToIndexesAsync(IReadOnlyList<RedisKey> indexes, RedisValue member) =>
        DurableStore.Guard($"index {member}", async () =>
        {
            await commits.AddToIndexesAsync(indexes, member);
            return true;
        });

    /// <summary>Replaces the snapshot and empties the journal, in one step.</summary>
    /// <exception cref="StaleActivationException">Another activation has opened the record.</exception>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public async Task SaveAsync(RedisKey record, Fence fence, ReadOnlyMemory<byte> snapshot)
    {
        var kept = await DurableStore.Guard($"save {record}", async () => (long)await store.WriteAsync(d => d.ScriptEvaluateAsync(
            SaveScript, [record, StoreKeys.Journal(record)], [fence.Token, fence.MayCreate ? "1" : "0", snapshot])));
        Confirm(kept == 1, record, fence);
    }

    /// <summary>Removes the record and its journal.</summary>
    /// <exception cref="StaleActivationException">Another activation has opened the record.</exception>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public async Task DeleteAsync(RedisKey record, Fence fence)
    {
        var gone = await DurableStore.Guard($"delete {record}", async () =>
            (long)await store.WriteAsync(d => d.ScriptEvaluateAsync(DeleteScript, [record, StoreKeys.Journal(record)], [fence.Token])));
        Confirm(gone == 1, record, fence);
        fence.MayCreate = true;
    }

    private static void Confirm(bool kept, RedisKey record, Fence fence)
    {
        if (!kept)
        {
            throw new StaleActivationException(record.ToString());
        }

        fence.MayCreate = false;
    }

    private static StoredRecord Parse(byte[] value, byte[][] journal) => value.Length <= Fence.Length
        ? throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"A record of {value.Length} bytes is too short to be one."))
        : value[Fence.Length] switch
        {
            0 => new StoredRecord(true, value.AsMemory(Fence.Length + 1), journal),
            1 => new StoredRecord(true, default, [value[(Fence.Length + 1)..], .. journal]),
            var kind => throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"A record's content has the unknown kind {kind}.")),
        };
}
