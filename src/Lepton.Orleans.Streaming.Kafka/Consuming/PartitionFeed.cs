using Confluent.Kafka;

namespace Lepton.Orleans.Streaming.Kafka.Consuming;

/// <summary>Messages of a partition between the thread that polls and the one reader, who peeks and then takes. Thread-safe.</summary>
/// <param name="partition">The partition.</param>
/// <param name="maxCount">From how many messages on it is full.</param>
/// <param name="maxBytes">From how many bytes on it is full.</param>
/// <param name="resume">Is called when it was full and has room again.</param>
internal sealed class PartitionFeed(TopicPartition partition, int maxCount, long maxBytes, Action<PartitionFeed> resume)
{
    private readonly Lock _gate = new();
    private readonly Queue<ConsumeResult<byte[]?, byte[]?>> _messages = new();
    private TaskCompletionSource? _waiting;
    private long _bytes;
    private bool _isFull;

    public TopicPartition Partition => partition;

    /// <summary>Whether it was full, and has no room again yet.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                return _isFull;
            }
        }
    }

    /// <summary>What a message weighs.</summary>
    public static int BytesOf(ConsumeResult<byte[]?, byte[]?> message)
    {
        var bytes = 256 + (message.Message?.Key?.Length ?? 0) + (message.Message?.Value?.Length ?? 0);
        var headers = message.Message?.Headers;
        for (var i = 0; i < headers?.Count; i++)
        {
            bytes += 64 + (headers[i].GetValueBytes()?.Length ?? 0);
        }

        return bytes;
    }

    /// <summary>Lays a message in.</summary>
    /// <returns>Whether it is full.</returns>
    public bool Add(ConsumeResult<byte[]?, byte[]?> message)
    {
        TaskCompletionSource? waiting;
        bool isFull;
        lock (_gate)
        {
            _messages.Enqueue(message);
            _bytes += BytesOf(message);
            isFull = _isFull |= _messages.Count >= maxCount || _bytes >= maxBytes;
            (waiting, _waiting) = (_waiting, null);
        }

        waiting?.TrySetResult();
        return isFull;
    }

    /// <summary>The next message.</summary>
    public ConsumeResult<byte[]?, byte[]?>? Peek()
    {
        lock (_gate)
        {
            return _messages.TryPeek(out var message) ? message : null;
        }
    }

    /// <summary>Takes the message that was peeked at.</summary>
    public void Take()
    {
        bool hasRoom;
        lock (_gate)
        {
            _bytes -= BytesOf(_messages.Dequeue());
            hasRoom = _isFull && _messages.Count <= maxCount / 2 && _bytes <= maxBytes / 2;
            _isFull &= !hasRoom;
        }

        if (hasRoom)
        {
            resume(this);
        }
    }

    /// <summary>Waits for a message, for some time at the most.</summary>
    public async Task WaitAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            if (_messages.Count > 0)
            {
                return;
            }

            waiting = _waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        try
        {
            await waiting.Task.WaitAsync(time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Nothing came.
        }
    }
}
