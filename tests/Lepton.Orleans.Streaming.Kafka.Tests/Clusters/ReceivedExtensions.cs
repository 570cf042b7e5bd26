using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Clusters;

public static class ReceivedExtensions
{
    /// <summary>Subscribes, from a token on or from now on.</summary>
    public static async Task<Received<T>> ReceiveAsync<T>(this IAsyncStream<T> stream, StreamSequenceToken? token = null)
    {
        var received = new Received<T>();
        await (token is null ? stream.SubscribeAsync(received.Add) : stream.SubscribeAsync(received.Add, token));
        return received;
    }
}
