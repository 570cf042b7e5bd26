
namespace Lepton.Orleans.Streaming.Kafka.DeadLetters;

/// <summary>Notes in a batch what its subscriber threw: Orleans tells a provider that a delivery failed, and not why.</summary>
internal sealed class DeliveryErrors : IOutgoingGrainCallFilter
{
    private const int BatchArgument = 2;

    /// <inheritdoc/>
    public Task Invoke(IOutgoingGrainCallContext context)
    {
        var request = context.Request;
        return request.GetArgumentCount() > BatchArgument && request.GetArgument(BatchArgument) is KafkaBatch batch
            ? NoteAsync(context, batch)
            : context.Invoke();
    }

    private static async Task NoteAsync(IOutgoingGrainCallContext context, KafkaBatch batch)
    {
        try
        {
            await context.Invoke();
        }
        catch (Exception exception)
        {
            batch.LastError = exception;
            throw;
        }
    }
}
