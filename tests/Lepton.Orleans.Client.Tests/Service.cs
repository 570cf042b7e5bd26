using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lepton.Orleans.Silo;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Lepton.Orleans.Client.Tests;

/// <summary>The whole service in this process, with the embedded store, and front ends that reach it by its gateway.</summary>
public sealed class Service : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lepton-client-").FullName;
    private readonly WebApplication _app;

    public Service() => _app = LeptonHost.Create(
    [
        "--urls", "http://127.0.0.1:0",
        "--Lepton:DataDirectory", _folder,
        "--Lepton:Sample", "false",
        "--Orleans:Endpoints:SiloPort", $"{FreePort()}",
        "--Orleans:Endpoints:GatewayPort", $"{GatewayPort}",
        "--Logging:LogLevel:Default", "Warning",
    ]);

    private int GatewayPort { get; } = FreePort();

    public async ValueTask InitializeAsync() => await _app.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Composes a front end that has not started yet.</summary>
    /// <param name="cut">What happens to its calls.</param>
    /// <param name="settings">Settings beside the gateway.</param>
    internal IHost FrontEnd(LostAnswers? cut = null, params IEnumerable<(string Key, string Value)> settings) =>
        Compose(cut, [("Lepton:Client:Gateways:0", string.Create(CultureInfo.InvariantCulture, $"localhost:{GatewayPort}")), .. settings]);

    /// <summary>Composes a front end that has these settings only.</summary>
    internal static IHost Compose(LostAnswers? cut, params IEnumerable<(string Key, string Value)> settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Key, setting.Value)));
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.AddLeptonClient();
        if (cut is not null)
        {
            builder.Services.AddSingleton<IOutgoingGrainCallFilter>(cut);
        }

        return builder.Build();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
