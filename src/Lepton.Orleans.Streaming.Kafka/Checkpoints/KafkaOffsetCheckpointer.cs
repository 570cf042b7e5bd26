using System.Globalization;
using Confluent.Kafka;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Checkpoints;

/// <summary>The committed offset of one partition. Belongs to a pulling agent, whose turns do not overlap.</summary>
internal sealed class KafkaOffsetCheckpointer(KafkaOffsets offsets, TopicPartition partition) : IStreamQueueCheckpointer<string>
{
    private long _latest = -1;

    /// <inheritdoc/>
    public bool CheckpointExists => _latest >= 0;

    /// <inheritdoc/>
    public async Task<string> Load()
    {
        var offset = await offsets.LoadAsync(partition);
        _latest = offset ?? -1;
        return offset?.ToString(CultureInfo.InvariantCulture) ?? "";
    }

    /// <inheritdoc/>
    public void Update(string offset, DateTime utcNow)
    {
        var latest = long.Parse(offset, CultureInfo.InvariantCulture);
        if (latest != _latest)
        {
            _latest = latest;
            offsets.Note(partition, latest);
        }
    }

    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken cancellationToken) => offsets.FlushAsync(partition, cancellationToken);
}
