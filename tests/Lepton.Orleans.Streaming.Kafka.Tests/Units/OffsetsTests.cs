using System.Collections.Concurrent;
using Confluent.Kafka;
using Lepton.Orleans.Streaming.Kafka.Checkpoints;
using Lepton.Orleans.Streaming.Kafka.Consuming;
using Lepton.Orleans.Streaming.Kafka.Tests.Clusters;
using Microsoft.Extensions.Logging.Abstractions;
using ErrorCode = Confluent.Kafka.ErrorCode;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Units;

public sealed class OffsetsTests : IDisposable
{
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);
    private readonly ConcurrentQueue<IReadOnlyList<TopicPartitionOffset>> _commits = new();
    private readonly KafkaStreamOptions _options = new() { CommitInterval = Never };
    private readonly KafkaClients _clients;
    private readonly KafkaOffsets _offsets;
    private Action<IReadOnlyList<TopicPartitionOffset>> _commit = _ => { };

    public OffsetsTests()
    {
        _clients = new KafkaClients(_options, "kafka", NullLogger.Instance);
        _offsets = new KafkaOffsets(
            _options,
            _clients,
            offsets =>
            {
                _commits.Enqueue(offsets);
                _commit(offsets);
            },
            NullLogger.Instance);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_partitions_of_a_process_are_committed_by_one_call()
    {
        // The first goes at once; what comes afterwards waits for the interval, or for whoever is in a hurry.
        _offsets.Note(Partition(0), 1);
        await _offsets.FlushAsync(Partition(0), Cancelled);
        for (var partition = 0; partition < 16; partition++)
        {
            _offsets.Note(Partition(partition), 10);
            _offsets.Note(Partition(partition), 20 + partition);
        }

        await _offsets.FlushAsync(Partition(3), Cancelled);
        Assert.Equal(2, _commits.Count);
        Assert.Equal(Enumerable.Range(0, 16).Select(p => (p, 20L + p)), _commits.Last().Select(o => (o.Partition.Value, o.Offset.Value)).Order());
    }

    [Fact]
    public async Task What_the_broker_refused_is_committed_with_the_next_and_the_others_are_not_asked_for_again()
    {
        _options.CommitInterval = TimeSpan.FromMilliseconds(10);
        _commit = offsets =>
        {
            _commit = _ => { };
            throw new TopicPartitionOffsetException([.. offsets.Select(o => new TopicPartitionOffsetError(
                o.TopicPartition, o.Offset, new Error(o.Partition == 1 ? ErrorCode.NotCoordinatorForGroup : ErrorCode.NoError)))]);
        };
        using var isHeld = new ManualResetEventSlim();
        var refuse = _commit;
        _commit = offsets =>
        {
            isHeld.Wait(Cancelled);
            refuse(offsets);
        };
        _offsets.Note(Partition(0), 5);
        _offsets.Note(Partition(1), 6);
        isHeld.Set();

        await _offsets.FlushAsync(Partition(1), Cancelled);
        await _offsets.FlushAsync(Partition(0), Cancelled);
        Assert.Equal([6], _commits.Last().Select(o => o.Offset.Value));
    }

    [Fact]
    public async Task A_partition_that_was_given_away_is_committed_no_more()
    {
        _offsets.Note(Partition(0), 1);
        await _offsets.FlushAsync(Partition(0), Cancelled);
        _offsets.Note(Partition(0), 2);
        _offsets.Note(Partition(1), 7);
        _offsets.Forget(Partition(0));
        await _offsets.FlushAsync(Partition(1), Cancelled);

        Assert.Equal([7], _commits.Last().Select(o => o.Offset.Value));
    }

    [Fact]
    public async Task What_is_noted_while_a_commit_is_under_way_is_committed_afterwards()
    {
        using var isHeld = new ManualResetEventSlim();
        _commit = _ => isHeld.Wait(Cancelled);
        _offsets.Note(Partition(0), 1);
        await StreamCluster.EventuallyAsync(() => _commits.Count == 1, "the commit begins");
        _offsets.Note(Partition(0), 2);
        var flushed = _offsets.FlushAsync(Partition(0), Cancelled);
        isHeld.Set();
        await flushed;

        Assert.Equal([1, 2], _commits.Select(c => c.Single().Offset.Value));
    }

    public void Dispose()
    {
        _offsets.Dispose();
        _clients.Dispose();
    }

    private static TopicPartition Partition(int number) => new("orders", number);
}
