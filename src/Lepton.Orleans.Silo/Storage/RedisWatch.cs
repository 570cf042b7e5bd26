using Lepton.Orleans.Grains;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Lepton.Orleans.Silo.Storage;

/// <summary>Says that a Redis that was named cannot be reached, with its setting, at intervals that grow, and that it is back.</summary>
internal sealed class RedisWatch(
    IConnectionMultiplexer redis, IOptions<StoreOptions> options, TimeProvider clock, ILogger<RedisWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestInterval = TimeSpan.FromMinutes(10);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.IsEmbedded)
        {
            return;
        }

        // Without the user, the password and what else a connection string holds.
        var address = string.Join(",", ConfigurationOptions.Parse(options.Value.Redis!).EndPoints.Select(static endpoint => EndPointCollection.ToString(endpoint)));
        var telling = new RisingInterval(clock, FirstInterval, LongestInterval);
        long? since = null;
        using var timer = new PeriodicTimer(Poll, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (redis.IsConnected)
                {
                    if (since is { } lost)
                    {
                        logger.RedisBack(address, clock.GetElapsedTime(lost).TotalSeconds);
                    }

                    since = null;
                    telling.Reset();
                    continue;
                }

                since ??= clock.GetTimestamp();
                if (telling.IsDue())
                {
                    logger.RedisAway(address);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }
}
