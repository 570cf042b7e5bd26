using System.Diagnostics;
using System.IO.Pipelines;
using System.Text.Json;
using Lepton.Orleans.Grains.Catalog;
using Lepton.Orleans.Grains.Erasure;
using Lepton.Orleans.Grains.Items;
using Lepton.Orleans.Grains.Replication;
using Lepton.Orleans.Grains.Storage;
using Lepton.Orleans.Grains.Training;
using Lepton.Orleans.Grains.Turns;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Backup;

/// <summary>
/// Restores what <see cref="TenantBackup"/> wrote into an empty tenant, some lines at a time, in their order. A line says what is,
/// not what is to be added: sent again, it changes nothing, so whoever was interrupted goes on anywhere before the line that
/// was acknowledged last.
/// </summary>
public sealed class TenantRestore
{
    private const int Concurrency = 32;
    private static readonly TimeSpan RefreshPoll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RefreshTimeout = TimeSpan.FromSeconds(30);

    private readonly IndexStore _indexes;
    private readonly BlobStore _blobs;
    private readonly StoreTurns _notes;
    private readonly Replicas _replicas;
    private readonly IGrainFactory _grains;

    internal TenantRestore(IndexStore indexes, BlobStore blobs, StoreTurns notes, Replicas replicas, IGrainFactory grains) =>
        (_indexes, _blobs, _notes, _replicas, _grains) = (indexes, blobs, notes, replicas, grains);

    /// <summary>Restores lines as they come. Memory is that of some megabytes of them, or of the longest, however many there are.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="backup">The <c>Id</c> of the backup's first line; of no meaning where that line is among these.</param>
    /// <param name="lines">Whole lines of the backup, the first of all first.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How many lines there were.</returns>
    /// <exception cref="InvalidBackupException">A line cannot be used; of those before it some may be restored.</exception>
    /// <exception cref="RestoreConflictException">The tenant holds data of its own, or another backup is being restored.</exception>
    /// <exception cref="StoreUnavailableException">The store did not confirm; the same lines may be sent again.</exception>
    public async Task<int> ApplyAsync(string tenant, string? backup, PipeReader lines, CancellationToken cancellationToken)
    {
        var count = 0;
        try
        {
            await foreach (var run in BackupRuns.ReadAsync(lines, cancellationToken))
            {
                var parsed = Parse(run);
                await ApplyAsync(tenant, backup, parsed, cancellationToken);
                backup = parsed is [BackupLine.Header header, ..] ? header.Id : backup;
                count += parsed.Count;
            }

            return count;
        }
        catch (InvalidBackupException exception) when (count > 0)
        {
            // A run knows its own lines only.
            throw new InvalidBackupException(count + exception.Index, exception.Rule);
        }
    }

    private async Task ApplyAsync(string tenant, string? backup, List<BackupLine> parsed, CancellationToken cancellationToken)
    {
        var next = 0;
        if (parsed is [BackupLine.Header header, ..])
        {
            await BeginAsync(tenant, header);
            (backup, next) = (header.Id, 1);
        }

        if (string.IsNullOrEmpty(backup))
        {
            throw new InvalidBackupException(0, "must be the backup's first line, or the query must name the backup: backup=Id");
        }

        var note = await NoteAsync(tenant);
        if (note?.Backup != backup || note is null)
        {
            throw new RestoreConflictException("No restore of this backup is under way: its first line has to come first.");
        }

        while (next < parsed.Count && !note.IsFinished)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var end = next + 1;
            while (end < parsed.Count && parsed[end].GetType() == parsed[next].GetType())
            {
                end++;
            }

            note = await ApplyAsync(tenant, note, parsed, next, end);
            next = end;
        }
    }

    // Lines of one kind.
    private async Task<RestoreNote> ApplyAsync(string tenant, RestoreNote note, List<BackupLine> lines, int first, int end)
    {
        var indexes = Enumerable.Range(first, end - first);
        switch (lines[first])
        {
            case BackupLine.Item:
                await RestoreItemsAsync(tenant, [.. indexes.Select(i => (BackupLine.Item)lines[i])], first);
                return note;
            case BackupLine.User:
                // One that stands there again replaces the one before.
                await AtOnceAsync(indexes.GroupBy(i => ((BackupLine.User)lines[i]).UserId, StringComparer.Ordinal).Select(same => same.Last()), i => RestoreUserAsync(tenant, (BackupLine.User)lines[i], i));
                return note;
            case BackupLine.Log:
                await AtOnceAsync(indexes.Select(i => (BackupLine.Log)lines[i]), log => new LogErasures(_notes).AppliedAsync(log.Source, log.Partition, log.Offset));
                return note;
            case BackupLine.Gone:
                await AtOnceAsync(indexes.GroupBy(i => ((BackupLine.Gone)lines[i]).UserId, StringComparer.Ordinal), async same =>
                {
                    foreach (var i in same)
                    {
                        await RemoveUserAsync(tenant, (BackupLine.Gone)lines[i], i);
                    }
                });
                return note;
            case BackupLine.Model:
                await AtOnceAsync(indexes, i => _blobs.PutAsync(PartName(tenant, (BackupLine.Model)lines[i]), ((BackupLine.Model)lines[i]).Content));
                return note;
            case BackupLine.Training training:
                note = note with { ModelVersion = training.ModelVersion, ModelParts = training.ModelParts };
                await WriteNoteAsync(tenant, note);
                await RestoreModelAsync(tenant, training, first);
                return note;
            case BackupLine.Counters:
                await AtOnceAsync(indexes, i => RestoreCountersAsync(tenant, (BackupLine.Counters)lines[i], i));
                return note;
            case BackupLine.End:
                await RemovePartsAsync(tenant, note);
                await _indexes.DropAsync(StoreKeys.RestoredIndex(tenant));
                note = note with { IsFinished = true };
                await WriteNoteAsync(tenant, note);
                await SeeAsync(tenant);
                return note;
            default:
                throw new InvalidBackupException(first, "must not be a backup's first line, which has come before");
        }
    }

    private async Task BeginAsync(string tenant, BackupLine.Header header)
    {
        if (header.Version is < 1 or > TenantBackup.FormatVersion)
        {
            throw new InvalidBackupException(
                0, $"says that the backup has format {header.Version}; this release reads up to format {TenantBackup.FormatVersion}: restore it with the release that wrote it, or a later one");
        }

        if (LeptonKey.Violation(header.Id) is { } rule)
        {
            throw new InvalidBackupException(0, $"has an Id that {rule}");
        }

        if (await NoteAsync(tenant) is { IsFinished: false } note && note.Backup == header.Id)
        {
            return;
        }

        var catalog = _replicas.For(tenant).Catalog;
        await catalog.RefreshAsync();
        if (catalog.Count > 0 || await _indexes.CountAsync(b => StoreKeys.UserIndex(tenant, b)) > 0)
        {
            throw new RestoreConflictException(
                "A backup is restored into an empty service only, and here are users or items already (or were: numbers of deleted items stay taken). Start one with a store of its own.");
        }

        await WriteNoteAsync(tenant, new RestoreNote(header.Id));
    }

    private async Task RestoreItemsAsync(string tenant, BackupLine.Item[] items, int index)
    {
        for (var i = 0; i < items.Length; i++)
        {
            if (LeptonKey.Violation(items[i].ItemId) is { } rule)
            {
                throw new InvalidBackupException(index + i, $"has an ItemId that {rule}");
            }

            if (items[i].Number < 0 || (i > 0 && items[i].Number <= items[i - 1].Number))
            {
                throw new InvalidBackupException(index + i, "must have a number above that of the item before it");
            }
        }

        // An id that comes again was deleted in between, whatever an earlier line says: no id has two numbers that live.
        var last = items.GroupBy(item => item.ItemId, StringComparer.Ordinal).ToDictionary(same => same.Key, same => same.Last().Number, StringComparer.Ordinal);
        items = Array.ConvertAll(items, item => item.Number == last[item.ItemId] ? item : item with { IsDeleted = true, Record = null });
        var catalog = _replicas.For(tenant).Catalog;
        await DeleteItemsAsync(tenant, catalog, items);
        for (var (first, end) = (0, 1); first < items.Length; (first, end) = (end, end + 1))
        {
            // What came before may be left out where it has not changed.
            while (end < items.Length && items[end].Number == items[end - 1].Number + 1)
            {
                end++;
            }

            var run = items[first..end];
            await _grains.GetGrain<ICatalogGrain>(tenant).RestoreAsync(
                run[0].Number, Array.ConvertAll(run, i => i.ItemId), [.. run.Where(i => i.IsDeleted).Select(i => i.Number)]);
        }

        // A number that was deleted since may stand before one that lives, and so may a line that comes once more: only what
        // lives has a record.
        await catalog.RefreshAsync();
        var living = Enumerable.Range(0, items.Length).Where(i => items[i].Record is not null && catalog.NumberOf(items[i].ItemId) == items[i].Number);
        await AtOnceAsync(living, i => RestoreItemAsync(tenant, items[i].ItemId, items[i].Record!, index + i));
    }

    private async Task RestoreItemAsync(string tenant, string id, BackupLine.ItemRecord record, int index)
    {
        try
        {
            await _grains.GetGrain<IItemGrain>(LeptonKey.For(tenant, id)).PutAsync(ItemOf(id, record));
        }
        catch (InvalidItemException exception)
        {
            throw new InvalidBackupException(index, $"has {exception.Field} that {exception.Rule}");
        }
    }

    // What the same restore has brought, and what has been deleted since, also where all that tells is that the id has a later
    // number.
    private async Task DeleteItemsAsync(string tenant, CatalogReplica catalog, BackupLine.Item[] items)
    {
        await catalog.RefreshAsync();
        var ids = items.ToDictionary(item => item.Number, item => item.ItemId);
        var gone = items
            .Where(item => catalog.NumberOf(item.ItemId) is >= 0 and var living
                && (living < item.Number || (living == item.Number && item.IsDeleted))
                && ids.GetValueOrDefault(living, item.ItemId) == item.ItemId)
            .Select(item => item.ItemId)
            .Distinct(StringComparer.Ordinal)
            .ToArray();
        await AtOnceAsync(gone, id => _grains.GetGrain<IItemGrain>(LeptonKey.For(tenant, id)).DeleteAsync());
    }

    private async Task RestoreUserAsync(string tenant, BackupLine.User line, int index)
    {
        var state = await BackupUsers.ToStateAsync(line, index, _replicas.For(tenant).Catalog);
        await _grains.GetGrain<IUserRestoreGrain>(LeptonKey.For(tenant, line.UserId)).RestoreAsync(state.ToSnapshot(static _ => false).ToArray());
    }

    private async Task RemoveUserAsync(string tenant, BackupLine.Gone line, int index)
    {
        if (LeptonKey.Violation(line.UserId) is { } rule)
        {
            throw new InvalidBackupException(index, $"has a UserId that {rule}");
        }

        var user = _grains.GetGrain<IUserRestoreGrain>(LeptonKey.For(tenant, line.UserId));
        await user.RemoveRestoredAsync(line.LeftAt);
        if (line.Left is { } left)
        {
            await user.RestoreAsync(BackupUsers.ToState(line, left, index).ToSnapshot(static _ => false).ToArray());
        }
    }

    private async Task RestoreModelAsync(string tenant, BackupLine.Training training, int index)
    {
        var grain = _grains.GetGrain<ITrainingStateGrain>(tenant);
        var version = await grain.BeginRestoreAsync(training.ModelVersion);
        var pipe = new Pipe(new PipeOptions(useSynchronizationContext: false));
        var feeding = FeedAsync(pipe.Writer);
        try
        {
            await _blobs.WriteAsync(TrainingGrain.ModelBlob(tenant), version, pipe.Reader.AsStream(leaveOpen: true));
        }
        finally
        {
            // A writer whose reader has gone writes to nobody and ends.
            await pipe.Reader.CompleteAsync();
            await feeding;
        }

        await grain.RestoreAsync(new TrainingState
        {
            ModelVersion = version, Duration = training.Duration, Summary = training.Summary, PositiveFeedback = training.PositiveFeedback, Tuning = training.Tuning,
        });

        async Task FeedAsync(PipeWriter writer)
        {
            try
            {
                for (var part = 0; part < training.ModelParts; part++)
                {
                    var content = await _blobs.GetAsync(PartName(tenant, training.ModelVersion, part))
                        ?? throw new InvalidBackupException(index, $"says that the model has {training.ModelParts} parts, but part {part} has not come before");
                    if ((await writer.WriteAsync(content)).IsCompleted)
                    {
                        return;
                    }
                }

                await writer.CompleteAsync();
            }
            catch (Exception exception)
            {
                await writer.CompleteAsync(exception);
            }
        }
    }

    private Task RestoreCountersAsync(string tenant, BackupLine.Counters line, int index) =>
        line.Shard is < 0 or >= IItemShardGrain.Shards || line.Piece is < 0 or > int.MaxValue / (ShardCounters.PieceRows * IItemShardGrain.Shards)
            ? throw new InvalidBackupException(index, $"must name a shard from 0 to {IItemShardGrain.Shards - 1} and a piece of it")
            : _grains.GetGrain<IItemShardGrain>($"{tenant}/{line.Shard}").RestorePieceAsync(line.Piece, line.Content);

    // Whoever has restored looks at lists next. A refresh that is under way may have read what was there before.
    private async Task SeeAsync(string tenant)
    {
        var replica = _replicas.For(tenant);
        var (seen, started) = (replica.Refreshes + 2, Stopwatch.GetTimestamp());
        using var timer = new PeriodicTimer(RefreshPoll);
        while (replica.Refreshes < seen && Stopwatch.GetElapsedTime(started) < RefreshTimeout)
        {
            await timer.WaitForNextTickAsync();
        }
    }

    private Task RemovePartsAsync(string tenant, RestoreNote note) =>
        AtOnceAsync(Enumerable.Range(0, note.ModelParts), part => _blobs.RemoveAsync(PartName(tenant, note.ModelVersion, part)));

    private async Task<RestoreNote?> NoteAsync(string tenant) =>
        await _blobs.GetAsync(NoteName(tenant)) is { } note ? JsonSerializer.Deserialize<RestoreNote>(note) : null;

    private Task WriteNoteAsync(string tenant, RestoreNote note) => _blobs.PutAsync(NoteName(tenant), JsonSerializer.SerializeToUtf8Bytes(note));

    private static List<BackupLine> Parse(ReadOnlyMemory<byte> text)
    {
        var lines = new List<BackupLine>();
        foreach (var range in text.Span.Split((byte)'\n'))
        {
            // Where the text begins with a byte order mark, that belongs to no line.
            var line = text.Span[range].Trim("\r \t"u8).TrimStart("\uFEFF"u8);
            if (line.IsEmpty)
            {
                continue;
            }

            try
            {
                lines.Add(JsonSerializer.Deserialize<BackupLine>(line, BackupLine.Options) ?? throw new JsonException("it is null"));
            }
            catch (JsonException exception)
            {
                throw new InvalidBackupException(lines.Count, $"must be a line of a backup: it cannot be read from byte {exception.BytePositionInLine ?? 0} on");
            }
            catch (NotSupportedException)
            {
                throw new InvalidBackupException(lines.Count, "must be a line of a backup: it has no Kind");
            }
        }

        return lines;
    }

    private static Item ItemOf(string id, BackupLine.ItemRecord record) => new()
    {
        ItemId = id,
        IsHidden = record.IsHidden,
        Categories = record.Categories ?? [],
        Timestamp = record.Timestamp,
        LabelsJson = record.LabelsJson,
        Comment = record.Comment ?? "",
    };

    private static Task AtOnceAsync<T>(IEnumerable<T> all, Func<T, Task> action) =>
        Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = Concurrency }, async (one, _) => await action(one));

    private static string NoteName(string tenant) => $"restore:{tenant}";

    private static string PartName(string tenant, BackupLine.Model model) => PartName(tenant, model.Version, model.Part);

    private static string PartName(string tenant, long version, int part) => $"restore:{tenant}:model:{version}:{part}";
}
