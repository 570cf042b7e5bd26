using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Confluent.Kafka;
using Lepton.Orleans.Streaming.Kafka.Caching;
using Lepton.Orleans.Streaming.Kafka.Checkpoints;
using Lepton.Orleans.Streaming.Kafka.Consuming;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Adapters;

/// <summary>
/// Reads one partition for its pulling agent, from where the checkpoint says. It waits for messages without a thread; what
/// cannot be read goes to the dead letters before anything after it is handed on.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Nobody disposes of receivers, and a source without a timer holds nothing.")]
internal sealed class KafkaReceiver(
    TopicPartition partition,
    KafkaQueueCache cache,
    KafkaStreamOptions options,
    IKafkaDataAdapter data,
    KafkaClients clients,
    KafkaTopics topics,
    KafkaOffsets offsets,
    IStreamQueueCheckpointerFactory checkpointers,
    KafkaDeadLetters deadLetters,
    ILogger logger) : IQueueAdapterReceiver
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ReplayWait = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan OpenPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TakeBackTime = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<(long From, long To)> _gaps = [];
    private IStreamQueueCheckpointer<string>? _checkpointer;
    private PartitionFeed? _feed;
    private string? _complaint;

    /// <inheritdoc/>
    /// <remarks>A broker that does not answer is asked again when messages are.</remarks>
    public async Task Initialize(TimeSpan timeout)
    {
        using var limit = new CancellationTokenSource(timeout);
        await TryOpenAsync(limit.Token);
    }

    /// <inheritdoc/>
    public Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount) => GetQueueMessagesAsync(maxCount, CancellationToken.None);

    /// <inheritdoc/>
    public async Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount, CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        try
        {
            if (_feed is null && !await TryOpenAsync(stopping.Token))
            {
                await Task.Delay(OpenPause, stopping.Token);
                return [];
            }

            if (cache.Rewind!.IsUnreported)
            {
                await TakeBackAsync(stopping.Token);
            }

            var batches = cache.Rewind.Pump();
            if (batches.Count == 0 && (_feed!.Peek() is null || cache.Room == 0))
            {
                await (cache.Rewind.IsActive ? cache.Rewind.WaitAsync(ReplayWait, stopping.Token) : _feed.WaitAsync(MaxWait, stopping.Token));
                batches = cache.Rewind.Pump();
            }

            await ReadAsync(batches, maxCount < 0 ? cache.Room : Math.Min(maxCount, cache.Room), stopping.Token);
            await LookIntoGapsAsync(stopping.Token);
            return batches;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return [];
        }
    }

    /// <inheritdoc/>
    public Task MessagesDeliveredAsync(IList<IBatchContainer> messages) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task Shutdown(TimeSpan timeout)
    {
        cache.Close();
        cache.Metrics.HighWatermark = null;
        await _stopping.CancelAsync();
        if (_feed is not null)
        {
            clients.Reader.Leave(_feed);
        }

        if (_checkpointer is not null)
        {
            using var limit = new CancellationTokenSource(timeout);
            try
            {
                await _checkpointer.FlushAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                // What was delivered since the last commit will be delivered once more.
                logger.FlushTimedOut(partition.Topic, partition.Partition.Value);
            }

            offsets.Forget(partition);
        }
    }

    // Before anything is handed out again, so that the rest of it is found even by the heir of a silo that dies.
    private async Task TakeBackAsync(CancellationToken cancellationToken)
    {
        cache.Rewind!.IsUnreported = false;
        cache.GetMaxAddCount();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TakeBackTime);
        try
        {
            await _checkpointer!.FlushAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            logger.RewindNotCommitted(partition.Topic, partition.Partition.Value);
        }
    }

    // Whatever is in the list is handed to the cache, so nothing may be thrown from here on that loses it: what cannot be read
    // waits until the list before it is gone.
    private async Task ReadAsync(List<IBatchContainer> batches, int maxCount, CancellationToken cancellationToken)
    {
        KafkaBatch? last = null;
        var left = cache.RoomBytes;
        for (var count = 0; count < maxCount && left > 0 && _feed!.Peek() is { } message; count++)
        {
            // Offsets begin again only where a topic does: that is another batch, and nothing is read from it until the broker
            // has said which topic it is.
            var expected = last is null ? cache.End : last.LastOffset + 1;
            if (message.Offset.Value < expected && (last is not null || !await TryRefreshIdsAsync(cancellationToken)))
            {
                return;
            }

            if (message.Offset.Value > expected)
            {
                _gaps.Add((expected, message.Offset.Value));
            }

            if (Read(message, out var error) is { } batch)
            {
                if (last is null || !last.Join(batch))
                {
                    batches.Add(batch);
                    last = batch;
                }
            }
            else if (last is null)
            {
                await deadLetters.SendAsync(message, error!, cancellationToken);
                cache.Skip(message.Offset.Value);
            }
            else
            {
                return;
            }

            left -= PartitionFeed.BytesOf(message);
            _feed.Take();
        }
    }

    // Offsets without a message are marks of transactions, or what was compacted away; or the broker has deleted them by now.
    private async Task LookIntoGapsAsync(CancellationToken cancellationToken)
    {
        if (_gaps.Count == 0)
        {
            return;
        }

        try
        {
            var low = (await offsets.EndsAsync(partition).WaitAsync(cancellationToken)).Low.Value;
            foreach (var (from, to) in _gaps.Where(gap => gap.From < low))
            {
                Lose(from, Math.Min(to, low));
            }

            _gaps.Clear();
        }
        catch (KafkaException exception)
        {
            // With the next ones.
            logger.ClientNotice(exception.Message);
        }
    }

    private void Lose(long from, long to)
    {
        cache.Metrics.Lost(to - from);
        logger.MessagesLost(partition.Topic, partition.Partition.Value, from, to - 1);
    }

    private async Task<bool> TryRefreshIdsAsync(CancellationToken cancellationToken)
    {
        try
        {
            await topics.RefreshIdsAsync().WaitAsync(cancellationToken);
            return true;
        }
        catch (KafkaException exception)
        {
            logger.ReadFailed(partition.Topic, partition.Partition.Value, exception.Message);
            return false;
        }
    }

    private KafkaBatch? Read(ConsumeResult<byte[]?, byte[]?> message, out Exception? error)
    {
        try
        {
            var batch = data.FromMessage(message);
            batch.ReadFrom(message, topics.IdOf(message.Topic));
            error = null;
            return batch;
        }
        catch (Exception exception)
        {
            error = exception;
            return null;
        }
    }

    private async Task<bool> TryOpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await OpenAsync(cancellationToken);
            _complaint = null;
            return true;
        }
        catch (Exception exception) when (exception is KafkaException or KafkaTopicException or TimeoutException)
        {
            // Once for each thing to say, however often it is tried.
            if (exception.Message != _complaint)
            {
                _complaint = exception.Message;
                logger.PartitionNotOpened(partition.Topic, partition.Partition.Value, exception.Message);
            }

            return false;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task OpenAsync(CancellationToken cancellationToken)
    {
        await topics.EnsureAsync().WaitAsync(cancellationToken);
        var checkpointer = await checkpointers.Create(KafkaOffsets.NameOf(partition), cancellationToken);
        var checkpoint = await checkpointer.Load(cancellationToken);
        var ends = await offsets.EndsAsync(partition).WaitAsync(cancellationToken);
        var start = checkpointer.CheckpointExists ? long.Parse(checkpoint, CultureInfo.InvariantCulture)
            : options.StartPosition == KafkaStartPosition.Latest ? ends.High.Value
            : ends.Low.Value;
        var isLate = start < ends.Low.Value;
        if (isLate)
        {
            Lose(start, ends.Low.Value);
            start = ends.Low.Value;
        }

        cache.StartAt(start);
        cache.Rewind = new PartitionRewind(cache, () => clients.Rewinder, options, message => Read(message, out _));
        cache.OnDelivered = offset => checkpointer.Update(offset.ToString(CultureInfo.InvariantCulture), DateTime.UtcNow, CancellationToken.None);
        cache.Metrics.HighWatermark = () => clients.Reader.HighWatermark(partition);
        _checkpointer = checkpointer;
        if (isLate || !checkpointer.CheckpointExists)
        {
            // Who starts at the end must find that end again after a crash, and nobody should tell of the same loss again.
            checkpointer.Update(start.ToString(CultureInfo.InvariantCulture), DateTime.UtcNow, cancellationToken);
        }

        _feed = new PartitionFeed(partition, options.BatchSize * 2, options.CacheBytes / 2, feed => clients.Reader.Resume(feed));
        clients.Reader.Read(_feed, new Offset(start));
    }
}
