using Lepton.Orleans.Grains.Storage;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Users;

// The record in the store: a snapshot, and a journal of what came after it.
internal sealed partial class ActiveUser
{
    private Task AppendAsync(UserOperation operation, IReadOnlyList<RedisKey> indexes) =>
        _services.Records.AppendAsync(_record, _fence!, FrameOf(operation), indexes, _id);

    private byte[] FrameOf(UserOperation operation)
    {
        var frame = operation.ToFrame();
        _journalBytes += frame.Length;
        return frame;
    }

    private async Task<T> GuardAsync<T>(Task<T> write)
    {
        await GuardAsync((Task)write);
        return await write;
    }

    private async Task GuardAsync(Task write)
    {
        try
        {
            await write;
        }
        catch (Exception exception)
        {
            Forget(exception);
            throw;
        }
    }

    // Whatever it was, what the store holds is unknown now; the next turn reads it anew and fences this write off.
    private void Forget(Exception exception)
    {
        Close();
        if (exception is StaleActivationException)
        {
            _services.Logger.LostRecord(ToString());
            _grain.DeactivateOnIdle();
        }
    }

    // A fold costs the size of the state, so it waits until the journal has half of that: a write stays O(1) on average.
    private bool IsFoldDue => _journalBytes > Math.Max(2048, _snapshotBytes / 2);

    private Task FoldWhenDueAsync() => IsFoldDue ? FoldAsync() : Task.CompletedTask;

    private async Task FoldAsync(bool leaves = false)
    {
        var started = StoreMetrics.StartFold();
        try
        {
            await SaveAsync(leaves);
            StoreMetrics.RecordFold(started);
        }
        catch (Exception exception) when (exception is StaleActivationException or StoreUnavailableException)
        {
            StoreMetrics.RecordFold(started, exception);
            // Nothing acknowledged is lost: the journal is still there. Whether the snapshot is, the next turn reads.
            _services.Logger.FoldFailed(ToString(), exception);
            Forget(exception);
        }
    }

    // The snapshot, and an empty journal.
    private async Task SaveAsync(bool leaves = false)
    {
        _state.Names?.Forget((_services.Clock.GetUtcNow() - _services.RepetitionWindow).ToUnixTimeMilliseconds());
        var snapshot = _state.ToSnapshot(_replica.Catalog.IsDeleted);
        await _services.Records.SaveAsync(_record, _fence!, snapshot, leaves);
        (_snapshotBytes, _journalBytes) = (snapshot.Length, 0);
    }

    private async Task ReleaseAsync(Fence fence)
    {
        try
        {
            await _services.Records.ReleaseAsync(_record, fence);
        }
        catch (StoreUnavailableException)
        {
            // The token stays, and takes a little place until the user comes again.
        }
    }

    // How many frames the journal had.
    private async Task<int> RemoveRecordAsync()
    {
        var frames = await GuardAsync(_services.Records.DeleteAsync(_record, _fence!));
        Change(() => _state = new UserState());
        (_snapshotBytes, _journalBytes) = (0, 0);
        return frames;
    }

    // An append may have been kept whose index entries were not; the caller was told to repeat it, and the repetition changes
    // nothing. What is still in the journal is entered once more: it costs little and can be done any number of times.
    private Task MendIndexAsync(StoredRecord record)
    {
        if (record.Journal.Length == 0)
        {
            return Task.CompletedTask;
        }

        var operations = Array.ConvertAll(record.Journal, frame => UserOperation.Read(frame));
        var items = operations
            .SelectMany(operation => operation.Events)
            .Select(e => e.Event.Item)
            .Distinct()
            .Where(item => _state.History.Mentions(item) && !_replica.Catalog.IsDeleted(item));
        RedisKey[] users = _state.Exists || _state.PendingDeparture is not null ? [UserIndex] : [];
        if (Array.Exists(operations, operation => operation.Kind == UserOperation.OperationKind.Absorb))
        {
            users = [.. users, StoreKeys.MergedIndex(Tenant, Today)];
        }

        return _services.Records.AddToIndexesAsync([.. users, .. items.Select(item => StoreKeys.ItemFeedbackIndex(Tenant, item))], _id);
    }
}
