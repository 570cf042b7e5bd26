using System.Collections.Concurrent;
using Orleans.Streams;

namespace Lepton.Orleans.Streaming.Kafka.Tests.Clusters;

/// <summary>What a subscriber was given, in order.</summary>
public sealed class Received<T>
{
    private readonly ConcurrentQueue<(T Item, StreamSequenceToken Token)> _all = new();

    public IReadOnlyList<T> Items => [.. _all.Select(r => r.Item)];

    public IReadOnlyList<StreamSequenceToken> Tokens => [.. _all.Select(r => r.Token)];

    public Task Add(T item, StreamSequenceToken? token)
    {
        _all.Enqueue((item, token!));
        return Task.CompletedTask;
    }

    /// <summary>Waits for so many items.</summary>
    public async Task CountAsync(int count)
    {
        try
        {
            await StreamCluster.EventuallyAsync(() => _all.Count >= count, $"{count} items must come");
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message} There are {_all.Count}: {string.Join(' ', Items.Take(300))}", exception);
        }
    }
}
