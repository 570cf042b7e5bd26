using System.Collections.Concurrent;
using System.Text.Json;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Clusters;

/// <summary>Is subscribed to every stream by its mere existence, and notes in this process what came, by namespace.</summary>
[RegexImplicitStreamSubscription("^collected-")]
public sealed class Collector : Grain, IGrainWithStringKey, IStreamSubscriptionObserver, ICollector
{
    private static readonly ConcurrentDictionary<string, ConcurrentQueue<(string Key, string Json)>> All = new();

    public static IReadOnlyList<(string Key, string Json)> Of(string ns) => [.. All.GetOrAdd(ns, _ => new())];

    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory)
    {
        var (ns, key) = (handleFactory.StreamId.GetNamespace()!, handleFactory.StreamId.GetKeyAsString());
        return handleFactory.Create<JsonElement>().ResumeAsync((element, _) =>
        {
            All.GetOrAdd(ns, _ => new()).Enqueue((key, element.GetRawText()));
            return Task.CompletedTask;
        });
    }
}
