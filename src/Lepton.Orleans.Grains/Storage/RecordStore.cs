using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Storage;

/// <summary>
/// Records with a journal and a fence. A record is a snapshot; its journal is a list whose head is the token of the owner who
/// opened it last, and behind it the frames that came after the snapshot, the newest first. Opening a record takes it over:
/// an append is an insertion behind the owner's token, so one with any other token finds no place.
/// </summary>
/// <remarks>
/// A Redis that loses the end of its append-only file can bring back a part of a script nobody had an answer to, and that
/// before what was written in its place (see <see cref="DurableStore"/>). Hence every step of a script leaves a record that
/// can be read; whoever opens a record writes the journal anew under a name of its own and puts it in the place of whatever
/// is there, then or at a later start; and whoever reads a journal takes the last of the frames that lead to one version.
/// </remarks>
internal sealed class RecordStore(DurableStore store, GroupCommit commits)
{
    private const string OpenScript = """
        local record = redis.call('GET', KEYS[1])
        local journal = redis.call('LRANGE', KEYS[2], 0, -1)
        if not record and #journal == 0 then return {} end
        redis.call('RPUSH', KEYS[3], ARGV[1])
        for i = 2, #journal, 1000 do
          redis.call('RPUSH', KEYS[3], unpack(journal, i, math.min(i + 999, #journal)))
        end
        redis.call('RENAME', KEYS[3], KEYS[2])
        return {record or '', journal}
        """;

    // ARGV: token, whether the record may be created, snapshot, whether the owner leaves.
    private const string SaveScript = """
        local held = redis.call('LINDEX', KEYS[2], 0)
        if held ~= ARGV[1] and not (ARGV[2] == '1' and not held and redis.call('EXISTS', KEYS[1]) == 0) then return 0 end
        redis.call('SET', KEYS[1], ARGV[3])
        if ARGV[4] == '1' then
          redis.call('DEL', KEYS[2])
        elseif held then
          redis.call('LTRIM', KEYS[2], 0, 0)
        else
          redis.call('RPUSH', KEYS[3], ARGV[1])
          redis.call('RENAME', KEYS[3], KEYS[2])
        end
        return 1
        """;

    private const string ReleaseScript = """
        if redis.call('LINDEX', KEYS[1], 0) == ARGV[1] and redis.call('LLEN', KEYS[1]) == 1 then redis.call('DEL', KEYS[1]) end
        """;

    private const string DeleteScript = """
        local held = redis.call('LINDEX', KEYS[2], 0)
        if not held and redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
        if held ~= ARGV[1] then return -1 end
        local frames = redis.call('LLEN', KEYS[2]) - 1
        redis.call('DEL', KEYS[1], KEYS[2])
        return frames
        """;

    /// <summary>Takes a record over and reads it.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public Task<(Fence Fence, StoredRecord Record)> OpenAsync(RedisKey record) => DurableStore.Guard($"open {record}", async () =>
    {
        var fence = new Fence();
        var reply = (RedisResult[]?)await store.WriteAsync(record, d => d.ScriptEvaluateAsync(
            OpenScript, [record, StoreKeys.Journal(record), StoreKeys.FreshJournal(record, fence)], [fence.Token]));
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
        return value is null && frames.Length == 0 ? StoredRecord.Missing : Parse(value ?? [], Array.ConvertAll(frames, f => (byte[])f!));
    });

    /// <summary>Appends a frame to the journal and adds an id to indexes, in the round trip of the appends around it.</summary>
    /// <exception cref="StaleActivationException">Another activation has opened the record; the entries may have been added.</exception>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public async Task AppendAsync(RedisKey record, Fence fence, byte[] frame, IReadOnlyList<RedisKey> indexes, RedisValue member)
    {
        if (!await DurableStore.Guard("append", () => commits.AppendAsync(record, fence, frame, indexes, member)))
        {
            throw new StaleActivationException(record.ToString());
        }
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
    /// <param name="record">The record.</param>
    /// <param name="fence">The record's fence.</param>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="leaves">Whether the owner gives the record back with it: the fence is of no use afterwards.</param>
    /// <exception cref="StaleActivationException">Another activation has opened the record.</exception>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public async Task SaveAsync(RedisKey record, Fence fence, ReadOnlyMemory<byte> snapshot, bool leaves = false)
    {
        var kept = await DurableStore.Guard($"save {record}", async () => (long)await store.WriteAsync(record, d => d.ScriptEvaluateAsync(
            SaveScript, [record, StoreKeys.Journal(record), StoreKeys.FreshJournal(record, fence)], [fence.Token, fence.MayCreate ? "1" : "0", snapshot, leaves ? "1" : "0"])));
        Confirm(kept == 1, record, fence);
    }

    /// <summary>Gives a record back whose journal is empty, so that a resting record takes no more place than its snapshot.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm; the next opening takes the record over all the same.</exception>
    public Task ReleaseAsync(RedisKey record, Fence fence) => fence.MayCreate
        ? Task.CompletedTask
        : DurableStore.Guard($"release {record}", () => store.WriteAsync(record, d => d.ScriptEvaluateAsync(ReleaseScript, [StoreKeys.Journal(record)], [fence.Token])));

    /// <summary>Removes the record and its journal.</summary>
    /// <returns>How many frames the journal had.</returns>
    /// <exception cref="StaleActivationException">Another activation has opened the record.</exception>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public async Task<int> DeleteAsync(RedisKey record, Fence fence)
    {
        var frames = await DurableStore.Guard($"delete {record}", async () =>
            (int)await store.WriteAsync(record, d => d.ScriptEvaluateAsync(DeleteScript, [record, StoreKeys.Journal(record)], [fence.Token])));
        Confirm(frames >= 0, record, fence);
        fence.MayCreate = true;
        return frames;
    }

    private static void Confirm(bool kept, RedisKey record, Fence fence)
    {
        if (!kept)
        {
            throw new StaleActivationException(record.ToString());
        }

        fence.MayCreate = false;
    }

    // The head is a token; behind it the newest frame comes first.
    private static StoredRecord Parse(byte[] snapshot, byte[][] journal)
    {
        var frames = journal.Length == 0 ? journal : journal[1..];
        Array.Reverse(frames);
        return new StoredRecord(true, snapshot, frames);
    }
}
