using System.Globalization;
using System.Text;
using Confluent.Kafka;
using ErrorCode = Confluent.Kafka.ErrorCode;
using Lepton.Orleans.Streaming.Kafka.Consuming;
using Lepton.Orleans.Streaming.Kafka.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Lepton.Orleans.Streaming.Kafka;

/// <summary>
/// Where messages go that are given up: to the dead-letter topic, as they were, with the error and where they came from in
/// headers. Can be injected by the name of its provider.
/// </summary>
public sealed class KafkaDeadLetters : IDisposable
{
    /// <summary>The header with what went wrong.</summary>
    public const string ErrorHeader = "dead-letter-error";

    /// <summary>The header with the name of the exception.</summary>
    public const string ErrorTypeHeader = "dead-letter-error-type";

    /// <summary>The header with the topic that the message came from.</summary>
    public const string TopicHeader = "dead-letter-topic";

    /// <summary>The header with the partition that the message came from.</summary>
    public const string PartitionHeader = "dead-letter-partition";

    /// <summary>The header with the offset that the message had.</summary>
    public const string OffsetHeader = "dead-letter-offset";

    /// <summary>The header with the message's own time, ISO 8601.</summary>
    public const string TimestampHeader = "dead-letter-timestamp";

    /// <summary>The header of a letter that had to leave its value out, since no broker would take it: how many bytes that had.</summary>
    public const string ValueBytesHeader = "dead-letter-value-bytes";

    private const int MaxErrorLength = 1024;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly string _provider;
    private readonly KafkaStreamOptions _options;
    private readonly KafkaClients _clients;
    private readonly KafkaMetrics _metrics;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private bool _isDisposed;

    internal KafkaDeadLetters(string provider, KafkaStreamOptions options, KafkaClients clients, KafkaMetrics metrics, ILogger logger) =>
        (_provider, _options, _clients, _metrics, _logger) = (provider, options, clients, metrics, logger);

    /// <summary>Sends a message there, and ends when the broker has it: however long that takes, for it must not be lost.</summary>
    /// <param name="message">The message as it was read.</param>
    /// <param name="error">Why it is given up.</param>
    /// <param name="cancellationToken">Ends the wait; the message may be there or not.</param>
    public async Task SendAsync(ConsumeResult<byte[]?, byte[]?> message, Exception error, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(error);
        _metrics.DeadLetter(_provider, message.Topic);
        if (_options.DeadLetterTopic is not { } topic)
        {
            _logger.PassedOver(message.Topic, message.Partition.Value, message.Offset.Value, error.Message);
            return;
        }

        _logger.DeadLettered(message.Topic, message.Partition.Value, message.Offset.Value, topic, error.Message);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping.Token);
        var (to, complaint) = (new TopicPartition(topic, Partition.Any), "");
        for (var parts = Parts.All; ;)
        {
            try
            {
                await _clients.Producer.ProduceAsync(to, LetterOf(message, error, parts), stopping.Token);
                return;
            }
            catch (KafkaException exception) when (exception.Error.Code == ErrorCode.MsgSizeTooLarge && parts != Parts.Origin)
            {
                // It was read with less around it; it is to be had where it came from.
                parts = parts == Parts.All ? Parts.WithoutValue : Parts.Origin;
            }
            catch (KafkaException exception)
            {
                if (exception.Error.Reason != complaint)
                {
                    complaint = exception.Error.Reason;
                    _logger.DeadLetterNotSent(topic, complaint);
                }

                await Task.Delay(Pause, stopping.Token);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Its factory does it, and so does the container, which gives it out.
        if (!Interlocked.Exchange(ref _isDisposed, true))
        {
            _stopping.Cancel();
            _stopping.Dispose();
        }
    }

    private static Message<byte[]?, byte[]?> LetterOf(ConsumeResult<byte[]?, byte[]?> message, Exception error, Parts parts)
    {
        var (isWhole, hasOwn) = (parts == Parts.All, parts != Parts.Origin);
        var headers = new Headers();
        foreach (var header in hasOwn && message.Message.Headers is { } own ? own : [])
        {
            headers.Add(header.Key, header.GetValueBytes());
        }

        if (!isWhole)
        {
            Add(ValueBytesHeader, (message.Message.Value?.Length ?? 0).ToString(CultureInfo.InvariantCulture));
        }

        Add(ErrorHeader, hasOwn || error.Message.Length <= MaxErrorLength ? error.Message : error.Message[..MaxErrorLength]);
        Add(ErrorTypeHeader, error.GetType().Name);
        Add(TopicHeader, message.Topic);
        Add(PartitionHeader, message.Partition.Value.ToString(CultureInfo.InvariantCulture));
        Add(OffsetHeader, message.Offset.Value.ToString(CultureInfo.InvariantCulture));
        Add(TimestampHeader, message.Message.Timestamp.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        return new Message<byte[]?, byte[]?> { Key = hasOwn ? message.Message.Key : null, Value = isWhole ? message.Message.Value : null, Headers = headers };

        void Add(string name, string value) => headers.Add(name, Encoding.UTF8.GetBytes(value));
    }

    // How much of the message a letter has beside its origin and the error.
    private enum Parts
    {
        All,
        WithoutValue,
        Origin,
    }
}
