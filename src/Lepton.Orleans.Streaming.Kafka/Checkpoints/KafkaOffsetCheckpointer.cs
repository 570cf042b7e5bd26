using System.Globalization;
using Confluent.Kafka;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Checkpoints;

/// <summary>The committed offset of one partition: one commit at a time, and not more often than the interval says.</summary>
internal sealed class KafkaOffsetCheckpointer(KafkaOffsets offsets, TopicPartition partition, TimeSpan interval, ILogger logger) : IStreamQueueCheckpointer<string>
{
    private readonly Lock _gate = new();
    private Task _saving = Task.CompletedTask;
    private DateTime _next = DateTime.MinValue;
    private long _latest = -1;
    private long _saved = -1;

    /// <inheritdoc/>
    public bool CheckpointExists => _latest >= 0;

    /// <inheritdoc/>
    public async Task<string> Load()
    {
        var offset = await offsets.LoadAsync(partition);
        lock (_gate)
        {
            _latest = _saved = offset ?? -1;
        }

        return offset?.ToString(CultureInfo.InvariantCulture) ?? "";
    }

    /// <inheritdoc/>
    public void Update(string offset, DateTime utcNow)
    {
        lock (_gate)
        {
            _latest = long.Parse(offset, CultureInfo.InvariantCulture);
            if (_latest != _saved && _saving.IsCompleted && utcNow >= _next)
            {
                _next = utcNow + interval;
                _saving = SaveAsync(_latest);
            }
        }
    }

    /// <inheritdoc/>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task saving;
            lock (_gate)
            {
                if (_saving.IsCompleted)
                {
                    if (_latest == _saved)
                    {
                        return;
                    }

                    _saving = SaveAsync(_latest);
                }

                saving = _saving;
            }

            await saving.WaitAsync(cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    // What could not be committed is committed with the next; until then it would be read again, which is allowed.
    private async Task SaveAsync(long offset)
    {
        try
        {
            await offsets.SaveAsync(partition, offset);
            lock (_gate)
            {
                _saved = offset;
            }
        }
        catch (KafkaException exception)
        {
            logger.CommitFailed(partition.Topic, partition.Partition.Value, offset, exception.Error.Reason);
            await Task.Delay(interval);
        }
    }
}
