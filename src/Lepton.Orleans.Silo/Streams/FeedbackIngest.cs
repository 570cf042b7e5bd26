using Confluent.Kafka;
using Lepton.Orleans.Client.Calls;
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
    /// <param name="messages">The messages; at least one.</param>
    /// <remarks>What it throws is passing: the same messages are to be applied again.</remarks>
    public async Task ApplyAsync(IReadOnlyList<FeedbackMessage> messages)
    {
        var start = 0;
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i].Erased is { } user)
            {
                await RecordAsync(messages, start, i);
                await GrainCall.WriteAsync((Grain: grains.User(user), Origin: OriginOf(messages[i], [messages[i].Offset])), static call => call.Grain.EraseAtAsync(call.Origin));
                start = i + 1;
            }
        }

        await RecordAsync(messages, start, messages.Count);
    }

    private async Task RecordAsync(IReadOnlyList<FeedbackMessage> messages, int start, int end)
    {
        var rows = new List<Feedback>();
        var offsets = new List<long>();
        for (var i = start; i < end; i++)
        {
            rows.AddRange(messages[i].Rows);
            while (offsets.Count < rows.Count)
            {
                offsets.Add(messages[i].Offset);
            }
        }

        if (rows.Count == 0)
        {
            return;
        }

        try
        {
            await writes.RecordAsync(rows, overwrite: false, OriginOf(messages[start], offsets));
        }
        catch (Exception exception) when (exception is EventIdReusedException or InvalidFeedbackException)
        {
            await RecordOneByOneAsync(messages, start, end);
            return;
        }

        await TellAsync(messages.Skip(start).Take(end - start));
    }

    // Before the offsets are committed, so that whatever happens it is told at least once.
    private Task TellAsync(IEnumerable<FeedbackMessage> messages) => events?.FeedbackAppliedAsync(TenantGrains.Tenant, messages) ?? Task.CompletedTask;

    // A row contradicts what its user's state says. What was applied meanwhile is known by its offset and changes nothing.
    private async Task RecordOneByOneAsync(IReadOnlyList<FeedbackMessage> messages, int start, int end)
    {
        for (var i = start; i < end; i++)
        {
            var message = messages[i];
            try
            {
                await writes.RecordAsync(message.Rows, overwrite: false, OriginOf(message, Enumerable.Repeat(message.Offset, message.Rows.Count).ToArray()));
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

            await TellAsync([message]);
        }
    }

    private static FeedbackOrigin OriginOf(FeedbackMessage message, IReadOnlyList<long> offsets) =>
        new() { Source = message.Source, Partition = message.Partition, Offsets = offsets };
}
