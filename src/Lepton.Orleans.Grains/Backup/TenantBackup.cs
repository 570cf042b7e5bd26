using System.IO.Pipelines;
using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Engine.Training;
using Lepton.Orleans.Grains.Erasure;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Learning;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Training;
using Lepton.Orleans.Grains.Turns;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Backup;

/// <summary>
/// Writes a whole tenant as lines of JSON while it is being written to. Each user and each item is in it as it was at one point
/// of time, so a batch to one user is in it as a whole or not at all; everything that was acknowledged before the backup began
/// is in it, and nothing twice. What lists are ranked with beyond that (the model, the counters of the shards) is derived, and
/// may know a little more or less than the users: a build ends that.
/// </summary>
public sealed class TenantBackup
{
    /// <summary>The version of the format that this release writes; it reads this one and those before.</summary>
    public const int FormatVersion = 2;

    /// <summary>The longest line in bytes: a user with several million events.</summary>
    public const int MaxLineBytes = 1 << 30;

    // So many records are read at once, and held.
    private const int Chunk = 128;

    private const int ModelPartBytes = 512 * 1024;
    private const int RowsPerCall = 2000;

    private readonly IndexStore _indexes;
    private readonly RecordStore _records;
    private readonly ItemStore _items;
    private readonly BlobStore _blobs;
    private readonly StoreTurns _notes;
    private readonly Replicas _replicas;
    private readonly DeltaBuffer _deltas;
    private readonly IGrainFactory _grains;
    private readonly TimeProvider _clock;

    internal TenantBackup(
        IndexStore indexes, RecordStore records, ItemStore items, BlobStore blobs, StoreTurns notes, Replicas replicas, DeltaBuffer deltas, IGrainFactory grains, TimeProvider clock)
    {
        (_indexes, _records, _items, _blobs, _notes) = (indexes, records, items, blobs, notes);
        (_replicas, _deltas, _grains, _clock) = (replicas, deltas, grains, clock);
    }

    /// <summary>Writes a backup. Memory is that of some users and items, however many there are, and of the model.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="output">Where to; a backup without its last line is none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    /// <exception cref="InvalidDataException">A record cannot be read.</exception>
    public async Task WriteAsync(string tenant, PipeWriter output, CancellationToken cancellationToken)
    {
        using var writer = new BackupWriter(output, cancellationToken);
        var catalog = _replicas.For(tenant).Catalog;

        // What this silo has not sent to the shards yet, and what others have told the catalogue.
        await _deltas.FlushAsync();
        await catalog.RefreshAsync();
        await writer.WriteAsync(new BackupLine.Header(FormatVersion, tenant, Guid.NewGuid().ToString("N"), _clock.GetUtcNow().UtcDateTime));
        foreach (var log in await LogErasures.AllAsync(_notes, cancellationToken))
        {
            await writer.WriteAsync(new BackupLine.Log(log.Source, log.Partition, log.Offset));
        }

        var items = await WriteItemsAsync(tenant, catalog, 0, writer);
        IndexPosition? position = IndexPosition.Start;
        while (position is { } from)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (ids, next) = await _indexes.RangeAsync(b => StoreKeys.UserIndex(tenant, b), from, Chunk);
            var users = await Task.WhenAll(ids.Select(id => ReadUserAsync(tenant, id)));
            foreach (var (id, user) in ids.Zip(users).Where(u => u.Second.Exists))
            {
                items = await WriteUserAsync(tenant, id, user, catalog, items, writer);
                await WriteDeparturesAsync(tenant, user, [], writer);
            }

            position = next;
        }

        // Who was merged meanwhile may have been met by neither of two names, or by both. Until nothing has happened any more.
        var merged = new Dictionary<string, (bool Exists, long Arrivals)>(StringComparer.Ordinal);
        for (var isSettled = false; !isSettled;)
        {
            isSettled = true;
            foreach (var id in await ReadMergedAsync(tenant, cancellationToken))
            {
                var user = await ReadUserAsync(tenant, id);
                var now = (user.Exists, user.Arrivals?.Values.Sum(a => a.LeftAt) ?? 0);
                if (user.Arrivals is { } arrivals && (!merged.TryGetValue(id, out var before) || before != now))
                {
                    (merged[id], isSettled) = (now, false);
                    items = user.Exists ? await WriteUserAsync(tenant, id, user, catalog, items, writer) : items;
                    foreach (var (from, arrival) in arrivals)
                    {
                        await writer.WriteAsync(new BackupLine.Gone(from, arrival.LeftAt));
                    }

                    await WriteDeparturesAsync(tenant, user, [], writer);
                }
            }
        }

        await WriteModelAsync(tenant, writer);
        await WriteCountersAsync(tenant, writer, cancellationToken);
        await writer.EndAsync();
    }

    private async Task<int> WriteUserAsync(string tenant, string id, UserState user, CatalogReplica catalog, int items, BackupWriter writer)
    {
        // Items come before the first who mentions them, also those that are younger than this backup.
        await catalog.KnowAsync(user.History);
        items = MaxItem(user) < items ? items : await WriteItemsAsync(tenant, catalog, items, writer);
        await writer.WriteAsync(BackupUsers.ToLine(id, user, catalog));
        return items;
    }

    // Who was merged into a user, at once or by way of others, and is nobody since: what comes for them again is not to count anew.
    private async Task WriteDeparturesAsync(string tenant, UserState user, HashSet<string> written, BackupWriter writer)
    {
        foreach (var some in (user.Arrivals?.Keys ?? Enumerable.Empty<string>()).Where(written.Add).ToArray().Chunk(Chunk))
        {
            foreach (var (id, from) in some.Zip(await Task.WhenAll(some.Select(id => ReadUserAsync(tenant, id)))))
            {
                if (BackupUsers.ToDeparture(from) is { } left)
                {
                    await writer.WriteAsync(new BackupLine.Gone(id, from.Departure!.Version, left));
                    await WriteDeparturesAsync(tenant, from, written, writer);
                }
            }
        }
    }

    private async Task<HashSet<string>> ReadMergedAsync(string tenant, CancellationToken cancellationToken)
    {
        var merged = new HashSet<string>(StringComparer.Ordinal);
        for (var day = 0; day < StoreKeys.MergedDays; day++)
        {
            string[] page;
            var after = "";
            do
            {
                cancellationToken.ThrowIfCancellationRequested();
                page = await _indexes.RangeAsync(StoreKeys.MergedIndex(tenant, day), after, Chunk);
                merged.UnionWith(page);
                after = page.Length > 0 ? page[^1] : "";
            }
            while (page.Length == Chunk);
        }

        return merged;
    }

    private async Task<UserState> ReadUserAsync(string tenant, string id)
    {
        var key = LeptonKey.For(tenant, id);
        var state = UserState.Read(await _records.PeekAsync(StoreKeys.UserRecord(key), withJournal: true));
        if (state.PendingDeparture is null)
        {
            return state;
        }

        // A merge is under way, or was cut off: what is between two users would be with neither.
        await _grains.GetGrain<IUserMergeGrain>(key).FinishMergeAsync();
        return UserState.Read(await _records.PeekAsync(StoreKeys.UserRecord(key), withJournal: true));
    }

    private async Task<int> WriteItemsAsync(string tenant, CatalogReplica catalog, int first, BackupWriter writer)
    {
        var end = await catalog.KnowAllAsync();
        for (; first < end; first += Chunk)
        {
            var entries = Enumerable.Range(first, Math.Min(Chunk, end - first)).Select(number => catalog.Entry(number)!).ToArray();
            var states = await _items.PeekAsync(tenant, [.. entries.Where(e => !e.IsDeleted).Select(e => e.ItemId)]);
            foreach (var entry in entries)
            {
                // A record of another number is of a life of the item that has ended.
                var record = states.GetValueOrDefault(entry.ItemId) is { } state && state.Number == entry.Number ? RecordOf(state.Item) : null;
                await writer.WriteAsync(new BackupLine.Item(entry.Number, entry.ItemId, entry.IsDeleted, record));
            }
        }

        return end;
    }

    private async Task WriteModelAsync(string tenant, BackupWriter writer)
    {
        var state = await _grains.GetGrain<ITrainingStateGrain>(tenant).GetStateAsync();
        if (await _blobs.ReadAsync(TrainingGrain.ModelBlob(tenant)) is not { } model)
        {
            return;
        }

        var content = await WithLearnedAsync(tenant, model.Version, model.Content);
        var parts = 0;
        foreach (var part in content.Chunk(ModelPartBytes))
        {
            await writer.WriteAsync(new BackupLine.Model(model.Version, parts++, part));
        }

        await writer.WriteAsync(new BackupLine.Training(model.Version, parts, state.Duration, state.Summary, state.PositiveFeedback, state.Tuning));
    }

    // What was learned since the build is in no other line, and lists are ranked with it.
    private async Task<byte[]> WithLearnedAsync(string tenant, long version, byte[] content)
    {
        if (!_replicas.For(tenant).LearnsOnline)
        {
            return content;
        }

        var learner = _grains.GetGrain<ILearnerGrain>(tenant);
        await learner.SettleAsync();
        var pages = new List<RecurrentRows>();
        var page = new LearnedRows { Next = 0 };
        while (page.Next >= 0)
        {
            page = await learner.GetRowsAsync(Guid.Empty, -1, page.Next, RowsPerCall);
            if (page.Build != version || page.Rows.Length == 0)
            {
                return content;
            }

            pages.Add(RecurrentRows.FromBytes(page.Rows));
        }

        using var stream = new MemoryStream(content, writable: false);
        var built = BuiltModel.Read(stream);
        using var learned = new MemoryStream(content.Length);
        (built with { Recurrence = RecurrentFactors.With(built.Recurrence, pages) }).Write(learned);
        return learned.ToArray();
    }

    private async Task WriteCountersAsync(string tenant, BackupWriter writer, CancellationToken cancellationToken)
    {
        for (var shard = 0; shard < IItemShardGrain.Shards; shard++)
        {
            var grain = _grains.GetGrain<IItemShardGrain>($"{tenant}/{shard}");
            for (var piece = 0; await grain.GetPieceAsync(piece) is { } content; piece++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                await writer.WriteAsync(new BackupLine.Counters(shard, piece, content));
            }
        }
    }

    private static BackupLine.ItemRecord RecordOf(Item item) => new(
        item.IsHidden, item.Categories.Count == 0 ? null : item.Categories, item.Timestamp, item.LabelsJson, item.Comment.Length == 0 ? null : item.Comment);

    private static int MaxItem(UserState user)
    {
        var highest = -1;
        foreach (ref readonly var e in user.History.Events)
        {
            highest = Math.Max(highest, e.Item);
        }

        return highest;
    }
}
