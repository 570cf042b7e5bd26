using System.Globalization;
using System.Runtime.InteropServices;
using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Learning;

/// <summary>
/// What a learner keeps in the store: a checkpoint, conditional on no other activation having written one since, and after it a
/// log of the events since, a record each time something came.
/// </summary>
internal sealed class LearnerStore(BlobStore blobs, string tenant)
{
    private const int HeaderBytes = 2 * sizeof(long);

    private long _firstRecord;
    private long _nextRecord;
    private long _checkpoint;

    private string Checkpoint => $"learner:{tenant}";

    /// <summary>Reads the checkpoint, and the log after it.</summary>
    /// <returns>The build that the checkpoint goes on from, −1 for none; its bytes; the events since.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<(long Build, ReadOnlyMemory<byte> Content, IReadOnlyList<int[]> Events)> ReadAsync()
    {
        var (build, content) = (-1L, ReadOnlyMemory<byte>.Empty);
        if (await blobs.ReadAsync(Checkpoint) is { } known && known.Content.Length >= HeaderBytes)
        {
            _checkpoint = known.Version;
            build = MemoryMarshal.Read<long>(known.Content);
            _firstRecord = MemoryMarshal.Read<long>(known.Content.AsSpan(sizeof(long)));
            content = known.Content.AsMemory(HeaderBytes);
        }

        var events = new List<int[]>();
        for (_nextRecord = _firstRecord; await blobs.GetAsync(Record(_nextRecord)) is { } record; _nextRecord++)
        {
            events.Add(MemoryMarshal.Cast<byte, int>(record).ToArray());
        }

        return (build, content, events);
    }

    /// <summary>Adds events to the log.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public async Task AppendAsync(int[] events)
    {
        await blobs.PutAsync(Record(_nextRecord), MemoryMarshal.AsBytes(events.AsSpan()).ToArray());
        _nextRecord++;
    }

    /// <summary>Writes a checkpoint, which holds all events of the log; then that is empty.</summary>
    /// <exception cref="StaleActivationException">Another activation has written one since, or is writing it.</exception>
    /// <exception cref="StoreUnavailableException">The store did not confirm; the checkpoint before and the log are still in place.</exception>
    public async Task WriteAsync(long build, RecurrentLearner learner, long nowMs)
    {
        if (await blobs.VersionAsync(Checkpoint) != _checkpoint)
        {
            throw new StaleActivationException(Checkpoint);
        }

        var (first, next, version) = (_firstRecord, _nextRecord, Math.Max(_checkpoint + 1, nowMs));
        await blobs.WriteAsync(Checkpoint, version, stream =>
        {
            stream.Write(MemoryMarshal.AsBytes<long>([build, next]));
            learner.Write(stream);
        });
        (_checkpoint, _firstRecord) = (version, next);
        for (var record = first; record < next; record++)
        {
            await blobs.RemoveAsync(Record(record));
        }
    }

    private string Record(long number) => string.Create(CultureInfo.InvariantCulture, $"learner:{tenant}:{number}");
}
