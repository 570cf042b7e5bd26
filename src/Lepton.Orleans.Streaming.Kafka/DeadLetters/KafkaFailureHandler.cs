using Lepton.Orleans.Streaming.Kafka.Caching;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.DeadLetters;

/// <summary>
/// Is told when a subscriber has not taken a batch within <c>MaxEventDeliveryTime</c>, however often it was tried. The
/// subscriber goes on with the next one when the dead letters have this one.
/// </summary>
internal sealed class KafkaFailureHandler(Func<KafkaQueueCache?> cache, KafkaDeadLetters deadLetters) : IStreamFailureHandler
{
    /// <inheritdoc/>
    public bool ShouldFaultSubsriptionOnError => false;

    /// <inheritdoc/>
    public async Task OnDeliveryFailure(GuidId subscriptionId, string streamProviderName, StreamId streamIdentity, StreamSequenceToken? sequenceToken)
    {
        // Where the partition was given away nobody has failed: another silo delivers it.
        if (sequenceToken is null || cache() is not { IsClosed: false } open || open.TakeFailed(streamIdentity, sequenceToken) is not { } batch)
        {
            return;
        }

        var error = batch.LastError ?? new StreamEventDeliveryFailureException($"A subscriber of stream {streamIdentity} did not take the message.");
        var closing = open.Closing;
        try
        {
            foreach (var message in batch.Messages)
            {
                await deadLetters.SendAsync(message, error, closing);
            }
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // It was given away while the broker took nothing.
        }
    }

    /// <inheritdoc/>
    public Task OnSubscriptionFailure(GuidId subscriptionId, string streamProviderName, StreamId streamIdentity, StreamSequenceToken? sequenceToken) =>
        Task.CompletedTask;
}
