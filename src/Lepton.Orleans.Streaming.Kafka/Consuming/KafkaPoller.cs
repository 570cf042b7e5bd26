using System.Collections.Concurrent;
using System.Diagnostics;
using Confluent.Kafka;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Lepton.Orleans.Streaming.Kafka.Consuming;

/// <summary>
/// One consumer and one thread that polls it, for all partitions of this process: what comes is laid into the feed of its
/// partition. Where a feed is full, polling waits a moment for its reader; a partition whose reader does not catch up in it is
/// paused, and the others go on. Readers wait without a thread.
/// </summary>
/// <remarks>
/// A client that is told to pause throws away what it has fetched of the partition ahead, and fetches it once more afterwards: in
/// a backlog, where every feed is full again and again, that was most of its work.
/// </remarks>
internal sealed class KafkaPoller : IDisposable
{
    private static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PatienceStep = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan ErrorPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan EndsInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(5);
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly ILogger _logger;
    private readonly ConcurrentQueue<Action> _commands = new();
    private readonly Dictionary<TopicPartition, PartitionFeed> _feeds = [];
    private readonly HashSet<PartitionFeed> _paused = [];
    private readonly ConcurrentDictionary<TopicPartition, long> _ends = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Thread _thread;
    private PartitionFeed? _latest;
    private Task _asking = Task.CompletedTask;
    private long _asked = Stopwatch.GetTimestamp();

    public KafkaPoller(IConsumer<byte[]?, byte[]?> consumer, string name, ILogger logger)
    {
        (_consumer, _logger) = (consumer, logger);
        _thread = new Thread(Run) { IsBackground = true, Name = $"Kafka {name}" };
        _thread.Start();
    }

    /// <summary>The consumer, for calls that any thread may make: committing and asking for offsets.</summary>
    public IConsumer<byte[]?, byte[]?> Consumer => _consumer;

    /// <summary>Begins to read a partition, or to read it from elsewhere.</summary>
    public void Read(PartitionFeed feed, Offset from) => Command(() =>
    {
        Forget(feed.Partition);
        _feeds[feed.Partition] = feed;
        _consumer.IncrementalAssign([new TopicPartitionOffset(feed.Partition, from)]);
    });

    /// <summary>Stops to read a partition, unless another feed has taken it over.</summary>
    public void Leave(PartitionFeed feed) => Command(() =>
    {
        if (_feeds.TryGetValue(feed.Partition, out var current) && current == feed)
        {
            Forget(feed.Partition);
        }
    });

    /// <summary>Goes on with a partition, where it was paused.</summary>
    public void Resume(PartitionFeed feed) => Command(() =>
    {
        // It may have become full once more since.
        if (!feed.IsFull && _paused.Remove(feed))
        {
            _consumer.Resume([feed.Partition]);
        }
    });

    /// <summary>
    /// How far the broker has come with a partition: as the last answer to a poll said, or while it is paused, and nothing of it is
    /// polled, as the broker said some seconds ago; -1 where there was no answer.
    /// </summary>
    public long HighWatermark(TopicPartition partition)
    {
        try
        {
            return Math.Max(_consumer.GetWatermarkOffsets(partition).High.Value, _ends.GetValueOrDefault(partition, -1));
        }
        catch (Exception exception) when (exception is KafkaException or ObjectDisposedException)
        {
            return -1;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Cancel();
        if (_thread.Join(CloseTime) && _asking.Wait(CloseTime + EndTimeout))
        {
            // It is no member of its group, so there is nothing to leave.
            _consumer.Dispose();
            _stopping.Dispose();
        }
    }

    private void Command(Action command) => _commands.Enqueue(command);

    private void Forget(TopicPartition partition)
    {
        if (_feeds.Remove(partition, out var feed))
        {
            _paused.Remove(feed);
            _ends.TryRemove(partition, out _);
            _latest = null;
            _consumer.IncrementalUnassign([partition]);
        }
    }

    private void Obey()
    {
        while (_commands.TryDequeue(out var command))
        {
            command();
        }
    }

    // Messages of a partition come many in a row.
    private PartitionFeed? FeedOf(ConsumeResult<byte[]?, byte[]?> result)
    {
        if (_latest is not { } latest || latest.Partition.Partition != result.Partition || latest.Partition.Topic != result.Topic)
        {
            _latest = _feeds.GetValueOrDefault(result.TopicPartition);
        }

        return _latest;
    }

    private void WaitForRoom(PartitionFeed feed)
    {
        var since = Stopwatch.GetTimestamp();
        while (feed.IsFull && _feeds.GetValueOrDefault(feed.Partition) == feed && !_stopping.Token.WaitHandle.WaitOne(PatienceStep))
        {
            if (Stopwatch.GetElapsedTime(since) >= Patience)
            {
                _paused.Add(feed);
                _consumer.Pause([feed.Partition]);
                return;
            }

            Obey();
        }
    }

    // Elsewhere than on the thread that polls: it blocks.
    private void AskForEnds()
    {
        if (_paused.Count > 0 && _asking.IsCompleted && Stopwatch.GetElapsedTime(_asked) >= EndsInterval)
        {
            _asked = Stopwatch.GetTimestamp();
            var partitions = _paused.Select(feed => feed.Partition).ToList();
            _asking = Task.Run(() => AskForEnds(partitions));
        }
    }

    private void AskForEnds(List<TopicPartition> partitions)
    {
        try
        {
            foreach (var partition in partitions.TakeWhile(_ => !_stopping.IsCancellationRequested))
            {
                _ends[partition] = _consumer.QueryWatermarkOffsets(partition, EndTimeout).High.Value;
            }
        }
        catch (Exception exception) when (exception is KafkaException or ObjectDisposedException)
        {
            // The broker is away; it is asked again.
            _logger.ClientNotice(exception.Message);
        }
    }

    private void Run()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                Obey();
                AskForEnds();
                if (_feeds.Count == 0)
                {
                    _stopping.Token.WaitHandle.WaitOne(PollTime);
                    continue;
                }

                var result = _consumer.Consume(PollTime);
                if (result is not null && FeedOf(result) is { } feed && feed.Add(result) && !_paused.Contains(feed))
                {
                    WaitForRoom(feed);
                }
            }
            catch (ConsumeException exception)
            {
                _logger.ReadFailed(exception.ConsumerRecord?.Topic ?? "", exception.ConsumerRecord?.Partition.Value ?? -1, exception.Error.Reason);
                _stopping.Token.WaitHandle.WaitOne(ErrorPause);
            }
            catch (Exception exception)
            {
                _logger.PollFailed(exception);
                _stopping.Token.WaitHandle.WaitOne(ErrorPause);
            }
        }
    }
}
