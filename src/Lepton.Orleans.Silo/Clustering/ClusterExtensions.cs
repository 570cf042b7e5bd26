using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Silo.Apis.Grains;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Persistence;
using StackExchange.Redis;

namespace Lepton.Orleans.Silo.Clustering;

/// <summary>The silo and its cluster.</summary>
internal static class ClusterExtensions
{
    private const string DefaultName = "lepton";

    /// <summary>Adds the silo: one, with localhost membership.</summary>
    public static void AddLeptonCluster(this WebApplicationBuilder builder)
    {
        var settings = builder.Configuration.GetSection("Orleans");
        builder.Host.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(
                Port(settings, "Endpoints:SiloPort", EndpointOptions.DEFAULT_SILO_PORT),
                Port(settings, "Endpoints:GatewayPort", EndpointOptions.DEFAULT_GATEWAY_PORT),
                primarySiloEndpoint: null,
                settings["ServiceId"] ?? DefaultName,
                settings["ClusterId"] ?? DefaultName);
            silo.Configure<EndpointOptions>(options => options.AdvertisedIPAddress = IPAddress.Loopback);
            silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = GrainCall.MaxWait);
            silo.AddRedisGrainStorage(LeptonGrainsExtensions.StorageName, (OptionsBuilder<RedisStorageOptions> options) => options.Configure<IConnectionMultiplexer>((redis, multiplexer) =>
            {
                redis.ConfigurationOptions = new ConfigurationOptions();
                redis.CreateMultiplexer = _ => Task.FromResult((multiplexer, IsShared: true));
                redis.GetStorageKey = (grainType, grainId) => $"lepton:{{g:{grainId.Key}}}:{grainType}";
            }));
        });
    }

    private static int Port(IConfigurationSection settings, string key, int otherwise)
    {
        var value = settings[key];
        if (!int.TryParse(value ?? otherwise.ToString(CultureInfo.InvariantCulture), out var port) || port is <= 0 or > ushort.MaxValue)
        {
            throw Invalid(key, $"Orleans:{key} is '{value}'; set it to a port from 1 to 65535.");
        }

        // Orleans would share the port, and two services would each get some of the other's messages.
        return IsTaken(port)
            ? throw Invalid(key, $"Port {port} (Orleans:{key}) is in use, by another Lepton perhaps; set it to a free one.")
            : port;
    }

    private static bool IsTaken(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static OptionsValidationException Invalid(string key, string message) => new(key, typeof(EndpointOptions), [message]);
}
