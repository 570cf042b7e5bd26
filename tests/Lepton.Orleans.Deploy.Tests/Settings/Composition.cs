using Lepton.Orleans.Silo;
using Microsoft.AspNetCore.Builder;

namespace Lepton.Orleans.Deploy.Tests.Settings;

/// <summary>The service, put together and not started: what its settings come to.</summary>
public sealed class Composition : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lepton-deploy-");

    public Composition() => Host = Of("--urls=http://127.0.0.1:0", $"--Lepton:DataDirectory={_folder.FullName}");

    public WebApplication Host { get; }

    public static WebApplication Of(params IReadOnlyList<string> settings) => LeptonHost.Create([
        "--Lepton:Sample=false", $"--Orleans:Endpoints:SiloPort={FreePort.Next()}", $"--Orleans:Endpoints:GatewayPort={FreePort.Next()}", .. settings]);

    public void Dispose()
    {
        ((IDisposable)Host).Dispose();
        _folder.Delete(recursive: true);
    }
}
