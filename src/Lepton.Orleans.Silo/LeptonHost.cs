using Lepton.Orleans.Clustering.Consul;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Silo.Apis;
using Lepton.Orleans.Silo.Clustering;
using Lepton.Orleans.Silo.Hosting;
using Lepton.Orleans.Silo.Samples;
using Lepton.Orleans.Silo.Security;
using Lepton.Orleans.Silo.Storage;
using Lepton.Orleans.Silo.Streams;
using Lepton.Orleans.Silo.Telemetry;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo;

/// <summary>The whole service in one process: storage, clustering, streams, grains, API, telemetry, sample.</summary>
public static class LeptonHost
{
    private const string DefaultUrl = "http://127.0.0.1:8088";

    /// <summary>Composes the service.</summary>
    /// <param name="args">Settings as <c>--Key=value</c>; environment variables and appsettings.json come before them.</param>
    /// <exception cref="OptionsValidationException">Thrown at start-up: a setting cannot be used.</exception>
    public static WebApplication Create(string[] args) => Compose(CreateBuilder(args));

    /// <summary>Runs the service until it is told to stop, or answers the <c>health</c> verb.</summary>
    /// <returns>The process's exit code: 0, or 1 where the service could not start or is not healthy.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (args is ["health", .. var rest])
        {
            return await HealthProbe.RunAsync(rest, DefaultUrl);
        }

        try
        {
            var builder = CreateBuilder(args);
            builder.RefuseTakenPorts(DefaultUrl);
            builder.HandleSocketsWherePolled();
            var app = Compose(builder);
            using var limit = new GraceLimit(app);
            await using (app)
            {
                await app.RunAsync();
            }

            return 0;
        }
        catch (OptionsValidationException exception)
        {
            await Console.Error.WriteLineAsync($"Lepton cannot start: {string.Join(Environment.NewLine, exception.Failures)}");
            return 1;
        }
        catch (Exception exception) when (exception is OrleansConfigurationException or StoreStartException or ConsulException)
        {
            await Console.Error.WriteLineAsync($"Lepton cannot start: {exception.Message}");
            return 1;
        }
        catch (IOException exception) when (exception.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"Lepton cannot start: {exception.Message} Choose another address with --urls.");
            return 1;
        }
    }

    private static WebApplicationBuilder CreateBuilder(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.AddSettingsFolder();
        return builder;
    }

    private static WebApplication Compose(WebApplicationBuilder builder)
    {
        var unknown = KnownSettings.Check(builder.Configuration);
        builder.UseDefaultUrl(DefaultUrl);
        builder.UseInlineSockets();
        builder.AddLeptonStore();
        builder.AddLeptonCluster();
        builder.AddLeptonStreams();
        builder.Services.AddLeptonGrains(builder.Configuration);
        builder.AddLeptonApi();
        builder.AddLeptonTelemetry();
        builder.AddSample();
        builder.AddGracefulShutdown();
        builder.Services.AddHostedService<SettingsWatch>();

        var app = builder.Build();
        foreach (var setting in unknown)
        {
            app.Logger.UnknownSetting(setting);
        }

        app.MapLeptonApi();
        app.MapLeptonTelemetry();
        if (app.Services.GetRequiredService<ApiKeyRing>().IsEmpty)
        {
            app.Logger.LoopbackOnly();
        }

        return app;
    }
}
