using Lepton.Orleans.Silo.Apis;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Lepton.Orleans.Silo.Tests.Faults;

/// <summary>The API on a real server, in front of scripted grains.</summary>
internal sealed class ScriptedEdge : IAsyncDisposable
{
    private readonly WebApplication app;

    private ScriptedEdge(WebApplication app)
    {
        this.app = app;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public HttpClient Client { get; }

    /// <summary>Starts a server on a free port.</summary>
    /// <param name="grains">Gives the grain of an interface and a key.</param>
    /// <param name="settings">Settings as <c>key=value</c>.</param>
    public static async Task<ScriptedEdge> StartAsync(Func<Type, string, object> grains, params string[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(settings
            .Select(setting => setting.Split('=', 2))
            .Append(["urls", "http://127.0.0.1:0"])
            .GroupBy(setting => setting[0])
            .Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.First()[1])));
        builder.Services.AddSingleton<IGrainFactory>(_ => ScriptedGrains.Create(grains));
        builder.AddLeptonApi();
        var app = builder.Build();
        app.MapLeptonApi();
        await app.StartAsync();
        return new ScriptedEdge(app);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.DisposeAsync();
    }
}
