using System.Globalization;
using System.Net;
using Lepton.Orleans.Client;
using Lepton.Orleans.Client.Calls;
using Lepton.Orleans.Clustering.Consul;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Silo.Hosting;
using Lepton.Orleans.Silo.Storage;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Persistence;
using StackExchange.Redis;

namespace Lepton.Orleans.Silo.Clustering;

/// <summary>The silo and its cluster.</summary>
internal static class ClusterExtensions
{
    /// <summary>The setting that makes this silo one of several; what lies below it are the names of <see cref="ConsulClusteringOptions"/>.</summary>
    public const string ConsulKey = ConsulSetting.Key;

    private const string DefaultName = "lepton";
    private const int MaxClusterId = 50; // a name in DNS has 63 at most

    /// <summary>How often a silo reads the membership, whatever it hears from others.</summary>
    public static readonly TimeSpan TableRefresh = TimeSpan.FromSeconds(10);

    /// <summary>Adds the silo: one of those that meet in Consul, or the only one, with localhost membership.</summary>
    public static void AddLeptonCluster(this WebApplicationBuilder builder)
    {
        var settings = builder.Configuration.GetSection("Orleans");
        var siloPort = Port(settings, "Endpoints:SiloPort", EndpointOptions.DEFAULT_SILO_PORT);
        var gatewayPort = Port(settings, "Endpoints:GatewayPort", EndpointOptions.DEFAULT_GATEWAY_PORT);
        var (serviceId, clusterId) = (settings["ServiceId"] ?? DefaultName, ClusterId(settings["ClusterId"] ?? DefaultName));
        var advertised = Advertised(settings, "Endpoints:AdvertisedIPAddress");
        var consul = Consul(builder.Configuration);
        var roles = RoleOptions.Read(builder.Configuration);
        builder.Host.UseOrleans(silo =>
        {
            if (consul is null)
            {
                silo.UseLocalhostClustering(siloPort, gatewayPort, primarySiloEndpoint: null, serviceId, clusterId);
                silo.Configure<EndpointOptions>(options => options.AdvertisedIPAddress = IPAddress.Loopback);
            }
            else
            {
                silo.Configure<ClusterOptions>(options => (options.ServiceId, options.ClusterId) = (serviceId, clusterId));
                silo.Configure<EndpointOptions>(options =>
                {
                    (options.SiloPort, options.GatewayPort) = (siloPort, gatewayPort);
                    if (advertised is not null)
                    {
                        options.AdvertisedIPAddress = advertised;
                    }
                });
                silo.Configure<ClusterMembershipOptions>(ProbeOftener);
#pragma warning disable ORLEANSEXP003 // said to be experimental; the cluster tests are what we rely on
                // A leaving silo's grains stay where they are until each has written what it holds, and a grain has no second
                // activation while silos come and go. The default directory forgets a silo as soon as it begins to leave.
                silo.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003

                // It would keep the users of a silo that died waiting for half a minute, lest that silo should still be
                // writing. Here the store's fence sees to that.
                silo.Configure<GrainDirectoryOptions>(options => options.RangeLeaseDuration = TimeSpan.Zero);
                silo.UseConsulSiloClustering((OptionsBuilder<ConsulClusteringOptions> options) =>
                    options.Bind(builder.Configuration.GetSection(ConsulKey)).Configure(clustering => clustering.Address = consul));
            }

            silo.UseRoles(roles);
            silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = GrainCall.MaxWait);
            silo.AddRedisGrainStorage(LeptonGrainsExtensions.StorageName, (OptionsBuilder<RedisStorageOptions> options) => options.Configure<IConnectionMultiplexer>((redis, multiplexer) =>
            {
                redis.ConfigurationOptions = new ConfigurationOptions();
                redis.CreateMultiplexer = _ => Task.FromResult((multiplexer, IsShared: true));
                redis.GetStorageKey = (grainType, grainId) => $"lepton:{{g:{grainId.Key}}}:{grainType}";
            }));
        });
        if (consul is not null)
        {
            builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, StoreFirst>();
            builder.Services.AddConsulService();
            builder.Services.AddSingleton<IConfigureOptions<ConsulServiceOptions>, ApiServiceSetup>();
            builder.Services.AddHealthChecks().AddCheck<CutOffHealthCheck>("cluster");
        }
    }

    // Users of a silo that was killed are served by others once it is declared dead: after three probes in a row without an
    // answer, seen by two silos (or by the only other one). A probe is 1 to 3 s, as quick as the other one has been, so that
    // takes 3 to 9 s, where Orleans' own settings take up to a minute. A garbage collection takes a hundredth of that, and a
    // silo that is called dead by mistake loses nothing: its writes are fenced, and its supervisor starts it again.
    private static void ProbeOftener(ClusterMembershipOptions options)
    {
        options.ProbeTimeout = TimeSpan.FromSeconds(1.5);
        options.MinProbeTimeout = TimeSpan.FromSeconds(1);

        // Three of these are also how long a connection that has gone silent speaks for a silo that hangs.
        options.MaxProbeTimeout = TimeSpan.FromSeconds(3);
        options.NumMissedProbesLimit = 3;
        options.NumVotesForDeathDeclaration = 2;

        // Silos tell each other of changes; the table is for those that nobody could tell, such as one that was paused and
        // has to learn that it is dead. One read and one blind write every ten seconds are nothing to Consul.
        options.TableRefreshTimeout = TableRefresh;

        // After the loss of all silos at once, new ones wait so long times three for rows that still say Active.
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(10);
    }

    private static Uri? Consul(ConfigurationManager configuration)
    {
        var address = ConsulSetting.Read(configuration, "to run one silo");
        return address is null || StoreOptions.HasRedis(configuration)
            ? address
            : throw ConsulSetting.Invalid($"{ConsulKey} is '{configuration[ConsulKey]}' and Lepton:Redis is not set; silos of one cluster share a store: set Lepton:Redis, or leave {ConsulKey} out to run one silo.");
    }

    // Consul's DNS has services by this name, and by a longer one those without an API; and it is a folder of Consul's keys.
    private static string ClusterId(string value) =>
        value.Length is > 0 and <= MaxClusterId && value.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') && value[0] != '-' && value[^1] != '-'
            ? value
            : throw Invalid("ClusterId", string.Create(
                CultureInfo.InvariantCulture, $"Orleans:ClusterId is '{value}'; write letters, digits and hyphens between them, at most {MaxClusterId} in all: it is a name in Consul's DNS."));

    private static IPAddress? Advertised(IConfigurationSection settings, string key) =>
        settings[key] is not { } value ? null
        : IPAddress.TryParse(value, out var address) ? address
        : throw Invalid(key, $"Orleans:{key} is '{value}'; write an IP address that other silos reach this one at, or leave it out to have it found.");

    private static int Port(IConfigurationSection settings, string key, int otherwise)
    {
        var value = settings[key];
        if (!int.TryParse(value ?? otherwise.ToString(CultureInfo.InvariantCulture), out var port) || port is <= 0 or > ushort.MaxValue)
        {
            throw Invalid(key, $"Orleans:{key} is '{value}'; set it to a port from 1 to 65535.");
        }

        // Orleans would share the port, and two services would each get some of the other's messages.
        return HostExtensions.IsTaken(IPAddress.Any, port)
            ? throw Invalid(key, $"Port {port} (Orleans:{key}) is in use, by another Lepton perhaps; set it to a free one.")
            : port;
    }

    private static OptionsValidationException Invalid(string key, string message) => new(key, typeof(EndpointOptions), [message]);
}
