using System.Globalization;
using System.Runtime.InteropServices;
using Lepton.Orleans.Engine.Recurrence;
using Lepton.Orleans.Grains.Storage;

namespace Lepton.Orleans.Grains.Learning;

/// <summary>
/// What a learner keeps in the store: a checkpoint, conditional on no other activation having written one since, and after it a
/// log of the events since, a record each time something came: runs of events and when they came. An activation that was cut off
/// may still write to the log, until it writes a checkpoint and is refused: both append, and neither writes over the other's.
/// </summary>
internal sealed class LearnerStore(BlobStore blobs, string tenant)
{
    private const int HeaderBytes = 2 * sizeof(long);

    // No event begins with it. Release 0.1.0 wrote one run of events and not when they came.
    private const int TimedRuns = -1;

    private long _firstRecord;
    private long _nextRecord;
    private long _checkpoint;

    private string Checkpoint => $"learner:{tenant}";

    /// <summary>Reads the checkpoint, and the log after it.</summary>
    /// <returns>The build that the checkpoint goes on from, −1 for none; its bytes; the runs of events since, and when they came.</returns>
    /// <exception cref="StoreUnavailableException">The store did not answer.</exception>
    public async Task<(long Build, ReadOnlyMemory<byte> Content, IReadOnlyList<(long TimeMs, int[] Events)> Log)> ReadAsync()
    {
        var (build, content) = (-1L, ReadOnlyMemory<byte>.Empty);
        if (await blobs.ReadAsync(Checkpoint) is { } known && known.Content.Length >= HeaderBytes)
        {
            _checkpoint = known.Version;
            build = MemoryMarshal.Read<long>(known.Content);
            _firstRecord = MemoryMarshal.Read<long>(known.Content.AsSpan(sizeof(long)));
            content = known.Content.AsMemory(HeaderBytes);
        }

        var log = new List<(long, int[])>();
        for (_nextRecord = _firstRecord; await blobs.GetAsync(Record(_nextRecord)) is { } record; _nextRecord++)
        {
            Read(MemoryMarshal.Cast<byte, int>(record), log);
        }

        return (build, content, log);
    }

    /// <summary>Adds runs of events to the log, with when they came. What the store had written without an answer is then there twice.</summary>
    /// <exception cref="StoreUnavailableException">The store did not confirm.</exception>
    public async Task AppendAsync(IEnumerable<(long TimeMs, int[] Events)> runs)
    {
        int[] record = [TimedRuns, .. runs.SelectMany(static run => (int[])[(int)run.TimeMs, (int)(run.TimeMs >> 32), run.Events.Length, .. run.Events])];
        var bytes = MemoryMarshal.AsBytes(record.AsSpan()).ToArray();
        while (!await blobs.TryAddAsync(Record(_nextRecord), bytes))
        {
            _nextRecord++;
        }

        _nextRecord++;
    }

    /// <summary>
    /// Writes a checkpoint, which takes the log's place but for what waits to be learned. A crash in between leaves that in the log
    /// twice, which is learned twice; nothing is lost.
    /// </summary>
    /// <param name="build">The build that the learner goes on from.</param>
    /// <param name="learner">The learner.</param>
    /// <param name="waiting">Runs that it has not learned from yet.</param>
    /// <param name="nowMs">The time, which the checkpoint is numbered by.</param>
    /// <exception cref="StaleActivationException">Another activation has written one since, or is writing it.</exception>
    /// <exception cref="StoreUnavailableException">The store did not confirm; the checkpoint before and the log are still in place.</exception>
    public async Task WriteAsync(long build, RecurrentLearner learner, IEnumerable<(long TimeMs, int[] Events)> waiting, long nowMs)
    {
        if (await blobs.VersionAsync(Checkpoint) != _checkpoint)
        {
            throw new StaleActivationException(Checkpoint);
        }

        var (first, next, version) = (_firstRecord, _nextRecord, Math.Max(_checkpoint + 1, nowMs));
        if (waiting.Any())
        {
            await AppendAsync(waiting);
        }

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

    private static void Read(ReadOnlySpan<int> record, List<(long TimeMs, int[] Events)> log)
    {
        if (record is not [TimedRuns, ..])
        {
            log.Add((0, record.ToArray()));
            return;
        }

        for (record = record[1..]; record is [var low, var high, var length, ..] && (uint)length <= record.Length - 3; record = record[(3 + length)..])
        {
            log.Add((((long)high << 32) | (uint)low, record.Slice(3, length).ToArray()));
        }
    }

    private string Record(long number) => string.Create(CultureInfo.InvariantCulture, $"learner:{tenant}:{number}");
}
