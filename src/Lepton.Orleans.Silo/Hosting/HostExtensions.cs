using System.Net;
using System.Net.Sockets;
using Lepton.Orleans.Silo.Clustering;
using Lepton.Orleans.Silo.Storage;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Hosting;

/// <summary>Defaults of the host itself.</summary>
internal static class HostExtensions
{
    // Read by System.Net.Sockets when the first socket of the process is used; there is no other switch.
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    // There are others to go to. Whoever asks Consul finds out at once, whoever asks for readiness does so every second or two.
    private static readonly TimeSpan DrainOfOneOfSeveral = TimeSpan.FromSeconds(3);

    /// <summary>Listens where nobody says otherwise.</summary>
    /// <exception cref="OptionsValidationException">An address that was given cannot be one.</exception>
    public static void UseDefaultUrl(this WebApplicationBuilder builder, string url)
    {
        if (string.IsNullOrEmpty(builder.Configuration[WebHostDefaults.ServerUrlsKey]) && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            builder.WebHost.UseUrls(url);
            return;
        }

        foreach (var address in (builder.Configuration[WebHostDefaults.ServerUrlsKey] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!IsAddress(address))
            {
                throw new OptionsValidationException(
                    WebHostDefaults.ServerUrlsKey, typeof(string), [$"--urls has '{address}'; write an address such as http://127.0.0.1:8088, with a port up to 65535."]);
            }
        }
    }

    /// <summary>Refuses addresses whose port another process listens on, before anything is started that would have to be stopped again.</summary>
    /// <exception cref="OptionsValidationException">A port is in use.</exception>
    public static void RefuseTakenPorts(this WebApplicationBuilder builder, string otherwise)
    {
        if (builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            return;
        }

        var addresses = builder.Configuration[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } urls ? urls : otherwise;
        foreach (var address in addresses.Split(';', StringSplitOptions.RemoveEmptyEntries).Where(IsAddress))
        {
            var parsed = BindingAddress.Parse(address);
            var host = IPAddress.TryParse(parsed.Host.Trim('[', ']'), out var ip) ? ip : parsed.Host == "localhost" ? IPAddress.Loopback : IPAddress.Any;
            if (parsed is { IsUnixPipe: false, IsNamedPipe: false, Port: > 0 } && IsTaken(host, parsed.Port))
            {
                throw new OptionsValidationException(
                    WebHostDefaults.ServerUrlsKey, typeof(string), [$"The port of {address} is in use, by another Lepton perhaps. Choose another address with --urls."]);
            }
        }
    }

    /// <summary>Serves a request on the thread that received it: handlers only parse and call grains, so none of them blocks.</summary>
    public static void UseInlineSockets(this WebApplicationBuilder builder) =>
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);

    /// <summary>
    /// Handles what arrives at a socket on the thread that polls it, in the whole process, where the store is a server of its
    /// own: a hop to the pool for each event cost a fifth of a write on one core. The embedded store's sockets may block until
    /// others are read, so beside it they stay on the pool.
    /// </summary>
    public static void HandleSocketsWherePolled(this WebApplicationBuilder builder)
    {
        if (StoreOptions.HasRedis(builder.Configuration) && Environment.GetEnvironmentVariable(InlineCompletions) is null)
        {
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
        }
    }

    /// <summary>Lets the service finish what it has begun when it is told to stop: see <see cref="ShutdownOptions"/>.</summary>
    public static void AddGracefulShutdown(this WebApplicationBuilder builder)
    {
        var alone = builder.Configuration[ClusterExtensions.ConsulKey] is null;
        builder.Services.AddOptions<ShutdownOptions>()
            .Configure(shutdown => shutdown.Drain = alone ? TimeSpan.Zero : DrainOfOneOfSeveral)
            .Bind(builder.Configuration.GetSection(ShutdownOptions.Section))
            .ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<ShutdownOptions>, ShutdownOptionsValidator>();
        builder.Services.AddHostedService<Drain>();
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<ShutdownOptions>>((host, shutdown) => host.ShutdownTimeout = shutdown.Value.Grace);
    }

    /// <summary>Whether another process listens on a port.</summary>
    public static bool IsTaken(IPAddress host, int port)
    {
        using var listener = new TcpListener(host, port);
        try
        {
            listener.Start();
            return false;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.AddressAlreadyInUse;
        }
    }

    private static bool IsAddress(string address)
    {
        try
        {
            return BindingAddress.Parse(address) is { Port: >= 0 and <= ushort.MaxValue, Scheme: "http" or "https" };
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
