using Orleans.Runtime.Providers;

namespace Lepton.Orleans.Streaming.Kafka.Diagnostics;

/// <summary>How long to wait before a delivery is tried again: longer each time, up to a bound; and counts it.</summary>
internal sealed class CountedBackoff(KafkaMetrics metrics, string provider) : IMessageDeliveryBackoffProvider
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public TimeSpan Next(int attempt)
    {
        metrics.Retry(provider);
        var wait = Math.Min(Longest.TotalMilliseconds, First.TotalMilliseconds * Math.Pow(2, Math.Min(attempt, 20)));
        return TimeSpan.FromMilliseconds(wait * (.75 + (Random.Shared.NextDouble() / 2)));
    }
}
