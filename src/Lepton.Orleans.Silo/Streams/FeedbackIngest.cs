using Confluent.Kafka;
using Lepton.Orleans.Client.Calls;
using Lepton.Orleans.Silo.Apis;
using Lepton.Orleans.Silo.Apis.Grains;
using Lepton.Orleans.Silo.Events;
using Lepton.Orleans.Streaming.Kafka;

namespace Lepton.Orleans.Silo.Streams;

/// <summary>
/// Applies messages to users: each user's rows by one write, which keeps with the state how far the partition has been applied.
/// A message that comes again, whenever that is, changes nothing.
/// </summary>
internal sealed class FeedbackIngest(
    FeedbackWrite writes, TenantGrains grains, [FromKeyedServices(FeedbackDataAdapter.Provider)] KafkaDeadLetters deadLetters, KafkaEvents? events = null)
{
    /// <summary>Applies messages of one partition, in their order; ends when all of it is durable.</summary>
    /// <remarks>What it throws is passing: the same messages are to be applied again.</remarks>
    public async Task ApplyAsync(FeedbackMessages batch)
    {
        var (messages, start) = (batch.Messages, 0);
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i].Erased is { } user)
            {
                await RecordAsync(batch, start, i);
                var origin = OriginOf(batch, messages[i], [messages[i].Offset], null);
                await GrainCall.WriteAsync((Grain: grains.User(user), Origin: origin), static call => call.Grain.EraseAtAsync(call.Origin));
                start = i + 1;
            }
        }

        await RecordAsync(batch, start, messages.Count);
    }

    private async Task RecordAsync(FeedbackMessages batch, int start, int end)
    {
        var (messages, count) = (batch.Messages, 0);
        for (var i = start; i < end; i++)
        {
            count += messages[i].Rows.Count;
        }

        if (count == 0)
        {
            return;
        }

        var (rows, offsets, times, next) = (new Feedback[count], new long[count], new long[count], 0);
        for (var i = start; i < end; i++)
        {
            foreach (var row in messages[i].Rows)
            {
                (rows[next], offsets[next], times[next]) = (row, messages[i].Offset, messages[i].TimestampMs);
                next++;
            }
        }

        try
        {
            FeedbackMetrics.Recorded(rows.Length, await writes.RecordAsync(rows, overwrite: false, OriginOf(batch, messages[start], offsets, times)));
        }
        catch (Exception exception) when (exception is EventIdReusedException or InvalidFeedbackException)
        {
            await RecordOneByOneAsync(batch, start, end);
            return;
        }

        await TellAsync(batch, messages.Skip(start).Take(end - start));
    }

    // Before the offsets are committed, so that whatever happens it is told at least once.
    private Task TellAsync(FeedbackMessages batch, IEnumerable<FeedbackMessage> messages) =>
        events?.FeedbackAppliedAsync(TenantGrains.Tenant, batch.Source, messages) ?? Task.CompletedTask;

    // A row contradicts what its user's state says. What was applied meanwhile is known by its offset and changes nothing.
    private async Task RecordOneByOneAsync(FeedbackMessages batch, int start, int end)
    {
        for (var i = start; i < end; i++)
        {
            var message = batch.Messages[i];
            try
            {
                var count = message.Rows.Count;
                var origin = OriginOf(batch, message, Enumerable.Repeat(message.Offset, count).ToArray(), Enumerable.Repeat(message.TimestampMs, count).ToArray());
                FeedbackMetrics.Recorded(count, await writes.RecordAsync(message.Rows, overwrite: false, origin));
            }
            catch (Exception exception) when (exception is EventIdReusedException or InvalidFeedbackException)
            {
                await deadLetters.SendAsync(
                    new ConsumeResult<byte[]?, byte[]?>
                    {
                        TopicPartitionOffset = new TopicPartitionOffset(FeedbackDataAdapter.Topic, message.Partition, message.Offset),
                        Message = new Message<byte[]?, byte[]?>
                        {
                            Key = message.Key, Value = message.Value, Timestamp = new Timestamp(message.TimestampMs, TimestampType.CreateTime),
                        },
                    },
                    exception,
                    CancellationToken.None);
                continue;
            }

            await TellAsync(batch, [message]);
        }
    }

    private static FeedbackOrigin OriginOf(FeedbackMessages batch, FeedbackMessage message, IReadOnlyList<long> offsets, IReadOnlyList<long>? times) =>
        new() { Source = batch.Source, Partition = message.Partition, Offsets = offsets, Times = times };
}
