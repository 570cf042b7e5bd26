namespace Lepton.Orleans.Streaming.Kafka.Tests.Clusters;

/// <summary>A grain that subscribes and does not come to an end with an event before it is told to.</summary>
public interface IHolder : IGrainWithStringKey
{
    /// <summary>Subscribes to the stream of its key.</summary>
    /// <param name="topic">The stream's namespace.</param>
    /// <param name="from">The offset from which on it wants events.</param>
    /// <param name="holdsAt">How many events it comes to an end with at once.</param>
    Task SubscribeAsync(string topic, long from, int holdsAt);
}
