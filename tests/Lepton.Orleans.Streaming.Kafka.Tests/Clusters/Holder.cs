using System.Collections.Concurrent;
using Orleans.Providers.Streams.Common;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Clusters;

/// <inheritdoc cref="IHolder" />
public sealed class Holder : Grain, IHolder
{
    private static readonly ConcurrentDictionary<(string Topic, string Key), (Received<int> Received, TaskCompletionSource Released)> All = new();

    /// <summary>What the holder of a stream was given, in this process.</summary>
    public static Received<int> Of(string topic, string key) => Entry(topic, key).Received;

    /// <summary>Lets the holder of a stream go on.</summary>
    public static void Release(string topic, string key) => Entry(topic, key).Released.TrySetResult();

    public Task SubscribeAsync(string topic, long from, int holdsAt)
    {
        var (received, released) = Entry(topic, this.GetPrimaryKeyString());
        return this.GetStreamProvider(StreamCluster.Provider).GetStream<int>(StreamId.Create(topic, this.GetPrimaryKeyString())).SubscribeAsync(
            async (item, token) =>
            {
                await received.Add(item, token);
                if (received.Items.Count > holdsAt)
                {
                    await released.Task;
                }
            },
            new EventSequenceTokenV2(from));
    }

    private static (Received<int> Received, TaskCompletionSource Released) Entry(string topic, string key) =>
        All.GetOrAdd((topic, key), _ => (new Received<int>(), new TaskCompletionSource()));
}
