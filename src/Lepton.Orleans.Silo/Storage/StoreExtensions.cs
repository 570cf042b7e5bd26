using Lepton.Orleans.Grains.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Lepton.Orleans.Silo.Storage;

/// <summary>The store: embedded by default, any Redis by setting. Nothing else knows which.</summary>
internal static class StoreExtensions
{
    /// <summary>Adds the store and its one multiplexer.</summary>
    public static void AddLeptonStore(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<StoreOptions>().Bind(builder.Configuration.GetSection(StoreOptions.Section)).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<StoreOptions>, StoreOptionsValidator>();
        builder.Services.AddSingleton<EmbeddedStore>();
        builder.Services.AddSingleton(Connect);
        builder.Services.AddHostedService<RedisWatch>();
        builder.Services.AddSingleton(services => Durability(services.GetRequiredService<IOptions<StoreOptions>>().Value));
    }

    private static StoreDurability Durability(StoreOptions options) =>
        options.IsEmbedded ? new StoreDurability(EmbeddedStore.CommitCommand) : new StoreDurability(Replicas: options.RedisReplicas);

    private static IConnectionMultiplexer Connect(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<StoreOptions>>().Value;
        var configuration = options.IsEmbedded
            ? services.GetRequiredService<EmbeddedStore>().Start()
            : ConfigurationOptions.Parse(options.Redis!);

        // A silo starts before its store and outlives its restarts; what is asked meanwhile fails at once and is said to be
        // unavailable, and nobody waits long: a caller hears within two seconds, and a timeout is noticed up to a heartbeat late.
        configuration.AbortOnConnectFail = false;
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.AsyncTimeout = 1250;
        configuration.SyncTimeout = 1250;
        configuration.ConnectTimeout = 1250;
        configuration.ReconnectRetryPolicy = new LinearRetry(250);
        configuration.HeartbeatInterval = TimeSpan.FromMilliseconds(250);
        configuration.ClientName = "lepton";

        // Who is a primary and who a replica can change; a server of a cluster says so when it is asked for what it has not,
        // others have to be asked.
        configuration.ConfigCheckSeconds = 5;

        // Threads of its own would be switched to and from for every reply; nothing here blocks the pool's.
        configuration.SocketManager = SocketManager.ThreadPool;
        return ConnectionMultiplexer.Connect(configuration);
    }
}
