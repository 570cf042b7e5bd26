using Confluent.Kafka;
using Lepton.Orleans.Client.Calls;
using Lepton.Orleans.Grains.Erasure;
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
    FeedbackWrite writes,
    TenantGrains grains,
    [FromKeyedServices(FeedbackDataAdapter.Provider)] KafkaDeadLetters deadLetters,
    StreamsEnd streams,
    KafkaEvents? events = null)
{
    /// <summary>How often a message is tried whose failure does not look as if it would pass.</summary>
    public const int MaxTries = 5;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    /// <summary>Applies messages of one partition, in their order; ends when all of it is durable.</summary>
    /// <param name="batch">The messages.</param>
    /// <param name="erasures">How far the partition has been applied for certain.</param>
    /// <param name="letters">Messages that are dead letters already, of a batch that comes again because something else in it could not be applied yet.</param>
    /// <remarks>What it throws is passing: the same messages are to be applied again.</remarks>
    public async Task ApplyAsync(FeedbackMessages batch, LogErasures erasures, HashSet<(uint Source, long Offset)> letters)
    {
        var (messages, start) = (batch.Messages, 0);
        var last = await erasures.LastAsync(batch.Source, messages[0].Partition);
        while (start < messages.Count && messages[start].Offset <= last)
        {
            start++;
        }

        for (var i = start; i < messages.Count; i++)
        {
            if (messages[i].Erased is not null)
            {
                await RecordAsync(batch, letters, start, i);
                await ApplyOneByOneAsync(batch, letters, i, i + 1);

                // Before what comes next, which may be the same user's.
                await erasures.AppliedAsync(batch.Source, messages[i].Partition, messages[i].Offset);
                start = i + 1;
            }
        }

        await RecordAsync(batch, letters, start, messages.Count);
        letters.Clear();
    }

    private async Task RecordAsync(FeedbackMessages batch, HashSet<(uint Source, long Offset)> letters, int start, int end)
    {
        if (RowsOf(batch, start, end) is not (> 0 and var rows))
        {
            return;
        }

        try
        {
            await WriteAsync(batch, start, end, rows);
        }
        catch (Exception exception) when (!IsPassing(exception))
        {
            await ApplyOneByOneAsync(batch, letters, start, end);
            return;
        }

        await TellAsync(batch, batch.Messages.Skip(start).Take(end - start));
    }

    private static int RowsOf(FeedbackMessages batch, int start, int end)
    {
        var count = 0;
        for (var i = start; i < end; i++)
        {
            count += batch.Messages[i].Rows.Count;
        }

        return count;
    }

    private Task WriteAsync(FeedbackMessages batch, int start, int end, int count)
    {
        var messages = batch.Messages;
        var (rows, offsets, times, next) = (new Feedback[count], new long[count], new long[count], 0);
        for (var i = start; i < end; i++)
        {
            foreach (var row in messages[i].Rows)
            {
                (rows[next], offsets[next], times[next]) = (row, messages[i].Offset, messages[i].TimestampMs);
                next++;
            }
        }

        return WriteAsync(rows, OriginOf(batch, messages[start], offsets, times));
    }

    private async Task WriteAsync(IReadOnlyList<Feedback> rows, FeedbackOrigin origin) =>
        FeedbackMetrics.Recorded(rows.Count, await writes.RecordAsync(rows, overwrite: false, origin));

    // Before the offsets are committed, so that whatever happens it is told at least once.
    private Task TellAsync(FeedbackMessages batch, IEnumerable<FeedbackMessage> messages, IReadOnlySet<string>? refused = null) =>
        events?.FeedbackAppliedAsync(TenantGrains.Tenant, batch.Source, messages, refused) ?? Task.CompletedTask;

    // Some message cannot be applied, so each is by itself. What was applied meanwhile is known by its offset and changes nothing.
    private async Task ApplyOneByOneAsync(FeedbackMessages batch, HashSet<(uint Source, long Offset)> letters, int start, int end)
    {
        // Whom nothing could be done for a moment ago is not waited for with every message.
        var givenUp = new HashSet<string>(StringComparer.Ordinal);
        for (var i = start; i < end; i++)
        {
            var message = batch.Messages[i];
            if (letters.Contains((batch.Source, message.Offset)))
            {
                continue;
            }

            var failure = message.Erased is { } user
                ? await TryAsync(() => EraseAsync(batch, message, user), givenUp.Contains(user) ? 1 : MaxTries)
                : await TryRecordAsync(batch, message, givenUp);
            if (failure is not null)
            {
                await deadLetters.SendAsync(Original(message), failure, streams.Token);
                letters.Add((batch.Source, message.Offset));
            }
        }
    }

    // Each user apart, so that it is known, and told, whose rows were applied.
    private async Task<Exception?> TryRecordAsync(FeedbackMessages batch, FeedbackMessage message, HashSet<string> givenUp)
    {
        var groups = UserGroups.Of(message.Rows);
        var failures = new Exception?[groups.Count];
        foreach (var some in Enumerable.Range(0, groups.Count).Chunk(BatchWrite.MaxInFlight))
        {
            await Task.WhenAll(some.Select(async group => failures[group] = await TryAsync(
                () => WriteAsync(groups.Rows(group), OriginOf(batch, message, groups.RowsOf(group))), givenUp.Contains(UserOf(group)) ? 1 : MaxTries)));
        }

        var refused = Enumerable.Range(0, groups.Count).Where(group => failures[group] is not null).ToList();
        await TellAsync(batch, [message], refused.Select(UserOf).ToHashSet(StringComparer.Ordinal));
        givenUp.UnionWith(refused.Select(UserOf));
        return refused.Count == 0 ? null : FeedbackCall.InBatch(groups, refused[0], failures[refused[0]]!);

        string UserOf(int group) => groups.Rows(group)[0].UserId;
    }

    // What it failed with, where it does so every time.
    private async Task<Exception?> TryAsync(Func<Task> apply, int tries)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await apply();
                return null;
            }
            catch (Exception exception) when (!IsPassing(exception))
            {
                // What contradicts the user's state will do so the next time.
                if (attempt >= tries || exception is EventIdReusedException or InvalidFeedbackException)
                {
                    return exception;
                }
            }

            await Task.Delay(FirstPause * (1 << (attempt - 1)), streams.Token);
        }
    }

    private Task<bool> EraseAsync(FeedbackMessages batch, FeedbackMessage message, string user) => GrainCall.WriteAsync(
        (Grain: grains.User(user), Origin: OriginOf(batch, message, [message.Offset], null)), static call => call.Grain.EraseAtAsync(call.Origin));

    // While the store or a silo is away, or the streams have ended, nobody has failed.
    private static bool IsPassing(Exception exception) =>
        GrainCall.IsInterruption(exception) || exception is InterruptedBatchException or ObjectDisposedException;

    private static ConsumeResult<byte[]?, byte[]?> Original(FeedbackMessage message)
    {
        var headers = new Headers();
        foreach (var (name, value) in message.Headers ?? [])
        {
            headers.Add(name, value);
        }

        return new ConsumeResult<byte[]?, byte[]?>
        {
            TopicPartitionOffset = new TopicPartitionOffset(FeedbackDataAdapter.Topic, message.Partition, message.Offset),
            Message = new Message<byte[]?, byte[]?>
            {
                Key = message.Key, Value = message.Value, Headers = headers, Timestamp = new Timestamp(message.TimestampMs, TimestampType.CreateTime),
            },
        };
    }

    private static FeedbackOrigin OriginOf(FeedbackMessages batch, FeedbackMessage message, int rows) =>
        OriginOf(batch, message, [.. Enumerable.Repeat(message.Offset, rows)], [.. Enumerable.Repeat(message.TimestampMs, rows)]);

    private static FeedbackOrigin OriginOf(FeedbackMessages batch, FeedbackMessage message, IReadOnlyList<long> offsets, IReadOnlyList<long>? times) =>
        new() { Source = batch.Source, Partition = message.Partition, Offsets = offsets, Times = times };
}
