using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using Lepton.Orleans.Streaming.Kafka.Consuming;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Microsoft.Extensions.Logging;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Checkpoints;

/// <summary>
/// Checkpoints as Kafka's tools know them: the offsets that a group has committed. One commit at a time for all partitions of
/// this process, and not more often than the interval says, unless somebody waits for it.
/// </summary>
/// <param name="options">Say how often.</param>
/// <param name="clients">Ask for offsets.</param>
/// <param name="commit">Commits offsets, and blocks meanwhile.</param>
/// <param name="logger">Is told of what was not committed.</param>
internal sealed class KafkaOffsets(KafkaStreamOptions options, KafkaClients clients, Action<IReadOnlyList<TopicPartitionOffset>> commit, ILogger logger)
    : IStreamQueueCheckpointerFactory, IDisposable
{
    private const char Separator = '/';
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private readonly Lock _gate = new();
    private readonly Dictionary<TopicPartition, long> _waiting = [];
    private readonly CancellationTokenSource _stopping = new();
    private TaskCompletionSource _hurry = NewSource();
    private TaskCompletionSource _round = NewSource();
    private Task _committing = Task.CompletedTask;
    private long? _latest;

    /// <summary>What a partition is called among checkpoints.</summary>
    public static string NameOf(TopicPartition partition) =>
        string.Create(CultureInfo.InvariantCulture, $"{partition.Topic}{Separator}{partition.Partition.Value}");

    /// <inheritdoc/>
    public Task<IStreamQueueCheckpointer<string>> Create(string partition)
    {
        var at = partition.LastIndexOf(Separator);
        var named = new TopicPartition(partition[..at], int.Parse(partition.AsSpan(at + 1), CultureInfo.InvariantCulture));
        return Task.FromResult<IStreamQueueCheckpointer<string>>(new KafkaOffsetCheckpointer(this, named));
    }

    /// <summary>What the group has committed, or <see langword="null"/>.</summary>
    /// <exception cref="KafkaException">The broker does not answer, or refuses.</exception>
    public Task<long?> LoadAsync(TopicPartition partition)
    {
        Forget(partition);
        return Task.Run(() => clients.Reader.Consumer.Committed([partition], Timeout).Single() is { Offset: { IsSpecial: false } offset } ? offset.Value : (long?)null);
    }

    /// <summary>The first offset that the broker still has of a partition, and the one that its next message will have.</summary>
    /// <exception cref="KafkaException">The broker does not answer, or refuses.</exception>
    public Task<WatermarkOffsets> EndsAsync(TopicPartition partition) =>
        Task.Run(() => clients.Reader.Consumer.QueryWatermarkOffsets(partition, Timeout));

    /// <summary>Notes an offset to be committed with the next ones.</summary>
    public void Note(TopicPartition partition, long offset)
    {
        lock (_gate)
        {
            _waiting[partition] = offset;
            if (_committing.IsCompleted)
            {
                _committing = CommitAsync();
            }
        }
    }

    /// <summary>Ends when what was noted of a partition is committed, which begins at once.</summary>
    public async Task FlushAsync(TopicPartition partition, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task round;
            lock (_gate)
            {
                if (!_waiting.ContainsKey(partition))
                {
                    return;
                }

                _hurry.TrySetResult();
                round = _round.Task;
            }

            await round.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Commits nothing more of a partition: it is another silo's now.</summary>
    public void Forget(TopicPartition partition)
    {
        lock (_gate)
        {
            _waiting.Remove(partition);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Cancel();

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // What could not be committed is committed with the next; until then it would be read again, which is allowed.
    private async Task CommitAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (!_stopping.IsCancellationRequested)
        {
            await WaitAsync(_latest is { } latest ? options.CommitInterval - Stopwatch.GetElapsedTime(latest) : TimeSpan.Zero, _hurry.Task);
            TopicPartitionOffset[] offsets;
            lock (_gate)
            {
                _hurry = NewSource();
                if (_waiting.Count == 0)
                {
                    // Whoever notes something from here on sees to it that this begins anew.
                    _committing = Task.CompletedTask;
                    return;
                }

                offsets = [.. _waiting.Select(noted => new TopicPartitionOffset(noted.Key, noted.Value))];
            }

            var failed = Commit(offsets);
            _latest = Stopwatch.GetTimestamp();
            EndRound(offsets.Except(failed));
            if (failed.Count > 0)
            {
                await WaitAsync(options.CommitInterval, hurry: null);
            }
        }
    }

    private List<TopicPartitionOffset> Commit(TopicPartitionOffset[] offsets)
    {
        try
        {
            commit(offsets);
            return [];
        }
        catch (TopicPartitionOffsetException exception)
        {
            var failed = exception.Results.FindAll(result => result.Error.IsError);
            failed.ForEach(result => logger.CommitFailed(result.Topic, result.Partition.Value, result.Offset.Value, result.Error.Reason));
            return failed.ConvertAll(result => result.TopicPartitionOffset);
        }
        catch (Exception exception) when (exception is KafkaException or ObjectDisposedException)
        {
            logger.CommitFailed(offsets[0].Topic, offsets[0].Partition.Value, offsets[0].Offset.Value, exception.Message);
            return [.. offsets];
        }
    }

    private void EndRound(IEnumerable<TopicPartitionOffset> committed)
    {
        TaskCompletionSource round;
        lock (_gate)
        {
            foreach (var offset in committed)
            {
                if (_waiting.TryGetValue(offset.TopicPartition, out var noted) && noted == offset.Offset.Value)
                {
                    _waiting.Remove(offset.TopicPartition);
                }
            }

            (round, _round) = (_round, NewSource());
        }

        round.TrySetResult();
    }

    private async Task WaitAsync(TimeSpan time, Task? hurry)
    {
        if (time > TimeSpan.Zero)
        {
            using var over = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            await Task.WhenAny(Task.Delay(time, over.Token), hurry ?? Task.Delay(System.Threading.Timeout.InfiniteTimeSpan, over.Token));
            await over.CancelAsync();
        }
    }
}
