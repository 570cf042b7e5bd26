using Confluent.Kafka;
using ErrorCode = Confluent.Kafka.ErrorCode;

namespace Lepton.Orleans.Streaming.Kafka.Producing;

/// <summary>
/// A producer that is made when it is first needed, and anew when it has become useless: an idempotent one is so for good once it was
/// not allowed to write, or the broker has lost its sequence. Any thread may use it.
/// </summary>
/// <param name="build">Makes one.</param>
internal sealed class ReplaceableProducer(Func<IProducer<byte[]?, byte[]?>> build) : IDisposable
{
    private static readonly TimeSpan FlushStep = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private IProducer<byte[]?, byte[]?>? _current;
    private volatile bool _isDisposed;

    /// <summary>Sends a message; ends when the broker has it.</summary>
    /// <exception cref="ProduceException{TKey, TValue}">The broker did not confirm it. The next message has another producer where this one is useless.</exception>
    public async Task ProduceAsync(TopicPartition partition, Message<byte[]?, byte[]?> message, CancellationToken cancellationToken = default)
    {
        var producer = Current();
        try
        {
            await producer.ProduceAsync(partition, message, cancellationToken);
        }
        catch (KafkaException exception)
        {
            Look(producer, exception.Error);
            throw;
        }
    }

    /// <summary>Sends a message, and reports how that went.</summary>
    /// <exception cref="KafkaException">It was not begun.</exception>
    public void Produce(TopicPartition partition, Message<byte[]?, byte[]?> message, Action<Error> report)
    {
        var producer = Current();
        try
        {
            producer.Produce(partition, message, delivery =>
            {
                Look(producer, delivery.Error);
                report(delivery.Error);
            });
        }
        catch (KafkaException exception)
        {
            Look(producer, exception.Error);
            throw;
        }
    }

    /// <summary>Waits until what was sent has been reported, for some time at the most.</summary>
    public void Flush(TimeSpan time)
    {
        IProducer<byte[]?, byte[]?>? current;
        lock (_gate)
        {
            current = _current;
        }

        current?.Flush(time);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        IProducer<byte[]?, byte[]?>? current;
        lock (_gate)
        {
            _isDisposed = true;
            (current, _current) = (_current, null);
        }

        // Outside: it waits for the thread that reports.
        current?.Dispose();
    }

    private IProducer<byte[]?, byte[]?> Current()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _current ??= build();
        }
    }

    // Nobody purges a producer's queue but the client itself, when it has met what is fatal.
    private void Look(IProducer<byte[]?, byte[]?> producer, Error error)
    {
        if (!error.IsFatal && error.Code is not (ErrorCode.Local_Fatal or ErrorCode.Local_PurgeQueue))
        {
            return;
        }

        lock (_gate)
        {
            if (_current == producer)
            {
                _current = null;
                _ = Task.Run(() => Retire(producer));
            }
        }
    }

    // It takes nothing more; whoever waits for what it has is told first.
    private void Retire(IProducer<byte[]?, byte[]?> producer)
    {
        while (producer.Flush(FlushStep) > 0 && !_isDisposed)
        {
        }

        producer.Dispose();
    }
}
