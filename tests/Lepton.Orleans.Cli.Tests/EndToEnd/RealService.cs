using Lepton.Orleans.Cli.Tests.Peer;
using Lepton.Orleans.Silo;
using Microsoft.AspNetCore.Builder;

namespace Lepton.Orleans.Cli.Tests.EndToEnd;

/// <summary>The whole service in this process: embedded store, silo, API; with a folder and ports of its own.</summary>
internal sealed class RealService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _folder;

    private RealService(WebApplication app, string folder)
    {
        _app = app;
        _folder = folder;
    }

    public string Url => _app.Urls.Single();

    public static async Task<RealService> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("lepton-service-").FullName;
        var app = LeptonHost.Create(
        [
            "--urls=http://127.0.0.1:0",
            $"--Lepton:DataDirectory={folder}",
            "--Lepton:Sample=false",

            // What has been learned meanwhile shows at once, not when a list is ranked for another reason.
            "--Lepton:Ranking:MaxAge=00:00:00.1",
            $"--Orleans:Endpoints:SiloPort={PeerService.FreePort()}",
            $"--Orleans:Endpoints:GatewayPort={PeerService.FreePort()}",
            "--Logging:LogLevel:Default=Warning",
        ]);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new RealService(app, folder);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
