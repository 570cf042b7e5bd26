using System.Text;
using System.Threading.Channels;
using Confluent.Kafka;
using ErrorCode = Confluent.Kafka.ErrorCode;
using Lepton.Orleans.Grains.Events;
using Lepton.Orleans.Silo.Streams;
using Lepton.Orleans.Streaming.Kafka;
using Lepton.Orleans.Streaming.Kafka.Producing;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Events;

/// <summary>
/// Sends events to Kafka, keyed by user or item. What waits for the broker is bounded, and nobody waits for it: what finds no
/// room is dropped and counted. Feedback that was read from Kafka is the exception: it is told before its offset is committed.
/// </summary>
internal sealed class KafkaEvents : BackgroundService, ILeptonEvents
{
    /// <summary>The header with the kind of an event, so that readers can choose without reading the JSON.</summary>
    public const string TypeHeader = "lepton-event";

    // What the client needs for a message beside its bytes, roughly.
    private const int MessageOverhead = 512;
    private const int MaxLists = 1024;
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly byte[] SchemaBytes = Encoding.UTF8.GetBytes($"{EventWriter.Schema}");
    private static readonly byte[][] KindBytes = [.. Enum.GetNames<EventKind>().Select(Encoding.UTF8.GetBytes)];

    private readonly EventOptions _options;
    private readonly EventTopic _topic;
    private readonly TopicPartition _to;
    private readonly ReplaceableProducer _producer;
    private readonly Channel<ServedList> _lists = Channel.CreateBounded<ServedList>(new BoundedChannelOptions(MaxLists) { SingleReader = true });
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly CancellationToken _end;
    private long _waitingBytes;
    private bool _isDropping;
    private bool _isUnconfirmed;
    private bool _isDisposed;

    public KafkaEvents(IOptionsMonitor<KafkaStreamOptions> kafka, IOptions<EventOptions> options, TimeProvider clock, StreamsEnd end, ILogger<KafkaEvents> logger)
    {
        (_options, _clock, _logger, _end) = (options.Value, clock, logger, end.Token);
        var settings = kafka.Get(FeedbackDataAdapter.Provider);
        _to = new TopicPartition(_options.Topic, Partition.Any);
        _topic = new EventTopic(settings, _options, logger);
        _producer = KafkaProducers.Create(settings, logger, new ProducerConfig(settings.ToClientConfig("lepton-events"))
        {
            EnableIdempotence = true,
            LingerMs = 20,
            MessageTimeoutMs = (int)_options.SendTimeout.TotalMilliseconds,

            // The bound is kept here; the client's own only has to lie above it.
            QueueBufferingMaxMessages = Math.Max(100_000, _options.QueueBytes / MessageOverhead * 2),
            QueueBufferingMaxKbytes = Math.Max(64 * 1024, _options.QueueBytes / 1024 * 2),
        });
    }

    /// <inheritdoc/>
    public bool WantsFeedback => _options.FeedbackAccepted;

    /// <inheritdoc/>
    public bool WantsLists => _options.ListServed;

    /// <summary>What waits for the broker, in bytes.</summary>
    public long WaitingBytes => Interlocked.Read(ref _waitingBytes);

    /// <inheritdoc/>
    public void FeedbackAccepted(string tenant, string userId, ReadOnlyMemory<Feedback> rows, bool overwrite, int changed)
    {
        if (_options.FeedbackAccepted)
        {
            Send(EventKind.FeedbackAccepted, userId, () => EventWriter.FeedbackAccepted(tenant, userId, rows, _clock.GetUtcNow(), overwrite, changed));
        }
    }

    /// <summary>Tells of feedback that was read from Kafka and applied; ends when the broker has that, however long it takes.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="source">Which topic the messages stand in.</param>
    /// <param name="messages">The messages, of one partition and in their order.</param>
    /// <param name="refused">Users whose feedback in them was not applied.</param>
    /// <exception cref="OperationCanceledException">The silo's streams have ended; the messages will be read again.</exception>
    public Task FeedbackAppliedAsync(string tenant, uint source, IEnumerable<FeedbackMessage> messages, IReadOnlySet<string>? refused = null)
    {
        if (!_options.FeedbackAccepted)
        {
            return Task.CompletedTask;
        }

        var (now, confirmed) = (_clock.GetUtcNow(), new List<Task>());
        foreach (var message in messages)
        {
            var part = 0;
            foreach (var ofUser in message.Rows.GroupBy(row => row.UserId, StringComparer.Ordinal))
            {
                // Who is not told of is counted, so that the others have the same ids whenever he is.
                var values = EventWriter.FeedbackAccepted(tenant, ofUser.Key, ofUser.ToArray(), TimeOf(message, now), overwrite: false, changed: null, message, source, part);
                part += values.Count;
                if (refused?.Contains(ofUser.Key) is not true)
                {
                    confirmed.AddRange(values.Select(value => ConfirmAsync(EventKind.FeedbackAccepted, ofUser.Key, value)));
                }
            }
        }

        return Task.WhenAll(confirmed);
    }

    /// <inheritdoc/>
    public void ListServed(ServedList list)
    {
        if (_options.ListServed && !_lists.Writer.TryWrite(list))
        {
            Drop(EventKind.ListServed, "lists are handed out faster than their reasons are found");
        }
    }

    /// <inheritdoc/>
    public void ItemChanged(string tenant, Item item)
    {
        if (_options.ItemChanged)
        {
            Send(EventKind.ItemChanged, item.ItemId, () => [EventWriter.ItemChanged(tenant, item, _clock.GetUtcNow())]);
        }
    }

    /// <inheritdoc/>
    public void ItemDeleted(string tenant, string itemId)
    {
        if (_options.ItemChanged)
        {
            Send(EventKind.ItemChanged, itemId, () => [EventWriter.ItemDeleted(tenant, itemId, _clock.GetUtcNow())]);
        }
    }

    /// <inheritdoc/>
    public void UserErased(string tenant, string userId)
    {
        if (_options.UserErased)
        {
            Send(EventKind.UserErased, userId, () => [EventWriter.UserErased(tenant, userId, _clock.GetUtcNow())]);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Last of all, when grains have told what they had to: it sends what waits, for some time.</remarks>
    public override void Dispose()
    {
        if (!Interlocked.Exchange(ref _isDisposed, true))
        {
            _producer.Flush(FlushTime);
            _producer.Dispose();
        }

        base.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(_topic.EnsureAsync(stoppingToken), SendListsAsync(stoppingToken));

    private async Task SendListsAsync(CancellationToken stoppingToken)
    {
        await foreach (var list in _lists.Reader.ReadAllAsync(stoppingToken))
        {
            Send(EventKind.ListServed, list.UserId, () => [EventWriter.ListServed(list)]);
        }
    }

    // What JSON has no words for must not undo what is durable.
    private void Send(EventKind kind, string key, Func<List<byte[]>> write)
    {
        try
        {
            foreach (var value in write())
            {
                Send(kind, key, value);
            }
        }
        catch (Exception exception)
        {
            Drop(kind, exception.Message);
        }
    }

    private void Send(EventKind kind, string key, byte[] value)
    {
        var bytes = value.Length + MessageOverhead;
        var limit = kind == EventKind.ListServed ? _options.QueueBytes / 4 * 3 : _options.QueueBytes;
        if (Interlocked.Add(ref _waitingBytes, bytes) > limit)
        {
            Interlocked.Add(ref _waitingBytes, -bytes);
            Drop(kind, "what waits for the broker has reached Lepton:Kafka:Events:QueueBytes");
            return;
        }

        EventMetrics.Waiting(bytes);
        try
        {
            _producer.Produce(_to, MessageOf(kind, key, value), error => Settle(kind, bytes, error));
        }
        catch (KafkaException exception)
        {
            Settle(kind, bytes, exception.Error);
        }
        catch (ObjectDisposedException)
        {
            Settle(kind, bytes, new Error(ErrorCode.Local_Destroy, "the service has stopped"));
        }
    }

    private void Settle(EventKind kind, int bytes, Error error)
    {
        Interlocked.Add(ref _waitingBytes, -bytes);
        EventMetrics.Waiting(-bytes);
        if (error.IsError)
        {
            Drop(kind, error.Reason);
        }
        else
        {
            Sent(kind);
        }
    }

    private async Task ConfirmAsync(EventKind kind, string key, byte[] value)
    {
        while (true)
        {
            // The producer would take it all the same.
            _end.ThrowIfCancellationRequested();
            try
            {
                await _producer.ProduceAsync(_to, MessageOf(kind, key, value), _end);
                Sent(kind);
                if (Volatile.Read(ref _isUnconfirmed) && Interlocked.Exchange(ref _isUnconfirmed, false))
                {
                    _logger.EventsGoOut(_options.Topic);
                }

                return;
            }
            catch (ProduceException<byte[]?, byte[]?> exception) when (exception.Error.Code != ErrorCode.MsgSizeTooLarge)
            {
                // Of all that wait, until one is confirmed.
                if (!Interlocked.Exchange(ref _isUnconfirmed, true))
                {
                    _logger.EventNotConfirmed(_options.Topic, exception.Error.Reason);
                }
            }
            catch (ProduceException<byte[]?, byte[]?> exception)
            {
                // It never will be, and whoever waits would wait for ever.
                Drop(kind, exception.Error.Reason);
                return;
            }

            await Task.Delay(Pause, _end);
        }
    }

    // As its rows are dated where they name no time: by its own, unless that is absent or ahead.
    private static DateTimeOffset TimeOf(FeedbackMessage message, DateTimeOffset now) =>
        message.TimestampMs >= 0 && message.TimestampMs < now.ToUnixTimeMilliseconds() ? DateTimeOffset.FromUnixTimeMilliseconds(message.TimestampMs) : now;

    private void Sent(EventKind kind)
    {
        EventMetrics.Sent(kind);
        if (Volatile.Read(ref _isDropping) && Interlocked.Exchange(ref _isDropping, false))
        {
            _logger.EventsGoOut(_options.Topic);
        }
    }

    private void Drop(EventKind kind, string reason)
    {
        EventMetrics.Dropped(kind);
        if (!Volatile.Read(ref _isDropping) && !Interlocked.Exchange(ref _isDropping, true))
        {
            _logger.EventsDropped(_options.Topic, reason);
        }
    }

    private static Message<byte[]?, byte[]?> MessageOf(EventKind kind, string key, byte[] value) => new()
    {
        Key = Encoding.UTF8.GetBytes(key),
        Value = value,
        Headers = new Headers { { FeedbackDataAdapter.SchemaHeader, SchemaBytes }, { TypeHeader, KindBytes[(int)kind] } },
    };
}
