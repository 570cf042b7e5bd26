using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;

namespace Lepton.Orleans.Silo.Tests.Api;

/// <summary>The whole service in this process: silo, embedded store on a folder of its own, REST API on a free port.</summary>
public class LeptonServer : IAsyncLifetime
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), $"lepton-edge-{Guid.NewGuid():N}");
    private WebApplication? app;

    /// <summary>Where the API listens.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    /// <summary>A client of the API.</summary>
    public ApiClient Api { get; private set; } = null!;

    /// <summary>The running service.</summary>
    public WebApplication App => app ?? throw new InvalidOperationException("The server has not started.");

    /// <summary>Settings beside those every test needs, as command-line arguments.</summary>
    protected virtual IEnumerable<string> Settings => [];

    public async ValueTask InitializeAsync()
    {
        app = Create(folder, ["--urls", "http://127.0.0.1:0", .. Settings]);
        await app.StartAsync();
        Address = new Uri(app.Urls.First());
        Api = new ApiClient(Address);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Api?.Dispose();
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }

        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Composes a service that has not started yet.</summary>
    internal static WebApplication Create(string folder, IEnumerable<string> settings) => LeptonHost.Create(
    [
        "--Lepton:DataDirectory", folder,
        "--Lepton:Sample", "false",
        "--Orleans:Endpoints:SiloPort", $"{FreePort()}",
        "--Orleans:Endpoints:GatewayPort", $"{FreePort()}",
        "--Logging:LogLevel:Default", "Warning",
        "--Logging:LogLevel:Lepton.Orleans.Silo.Apis", "Debug",
        .. settings,
    ]);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
