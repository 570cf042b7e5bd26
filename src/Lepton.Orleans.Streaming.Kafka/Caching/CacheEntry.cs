namespace Lepton.Orleans.Streaming.Kafka.Caching;

/// <summary>A batch that waits for its subscribers.</summary>
internal sealed class CacheEntry(KafkaBatch batch)
{
    public KafkaBatch Batch => batch;

    /// <summary>What its messages weigh.</summary>
    public long Bytes { get; } = batch.Bytes;

    public long FirstOffset => batch.FirstOffset;

    public long LastOffset => batch.LastOffset;

    /// <summary>How many cursors stand on it: it, and what came after it, is not to be forgotten.</summary>
    public int Cursors { get; set; }

    /// <summary>Whether a cursor has ever stood on it.</summary>
    public bool WasReached { get; set; }

    /// <summary>The entry after it.</summary>
    public CacheEntry? Next { get; set; }

    /// <summary>The entry after it of the same stream.</summary>
    public CacheEntry? NextInStream { get; set; }
}
