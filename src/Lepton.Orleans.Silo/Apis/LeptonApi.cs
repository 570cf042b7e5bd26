using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Silo.Apis.Documentation;
using Lepton.Orleans.Silo.Apis.Grains;
using Lepton.Orleans.Silo.Apis.Problems;
using Lepton.Orleans.Silo.Apis.Requests;
using Lepton.Orleans.Silo.Security;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>The REST API, in Gorse's shape under <c>/api</c> and beyond it under <c>/api/v2</c>.</summary>
public static class LeptonApi
{
    /// <summary>Adds what the API needs; the grains come from the host's <c>IGrainFactory</c>.</summary>
    public static IHostApplicationBuilder AddLeptonApi(this IHostApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddOptions<ApiOptions>().BindConfiguration(ApiOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ApiOptions>, ApiOptionsValidator>();
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<ApiOptions>>((kestrel, api) =>
        {
            kestrel.Limits.MaxRequestBodySize = api.Value.MaxBodyBytes;
            kestrel.AddServerHeader = false;
        });
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<TenantGrains>();
        services.AddSingleton<FeedbackWrite>();
        services.AddSingleton<WriteBack>();

        // They remember what they have once met.
        services.AddSingleton<StoreHealthCheck>();
        services.AddSingleton<RoleHealthCheck>();
        services.AddHealthChecks().AddCheck<StoreHealthCheck>("store").AddCheck<ReplicaHealthCheck>("replica").AddCheck<RoleHealthCheck>("roles");
        services.AddSingleton<Readiness>();

        // It writes an error for every answer that is not yes, and so for every poll of a start.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        services.AddApiKeys();
        services.AddApiDocumentation();
        return builder;
    }

    /// <summary>Maps the API: its middleware, from the outside in, and its endpoints, as far as this silo's roles go.</summary>
    public static WebApplication MapLeptonApi(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseMiddleware<ProblemMiddleware>();
        app.UseMiddleware<HeadMiddleware>();
        app.UseMiddleware<RawTargetMiddleware>();
        app.UseRouting();
        app.UseMiddleware<ApiKeyMiddleware>();
        if (app.Services.GetService<HostedRoles>()?.Has(SiloRoles.Api) is false)
        {
            app.MapHealthApi();
            app.MapNoApi();
            return app;
        }

        app.MapUserApi();
        app.MapItemApi();
        app.MapFeedbackApi();
        app.MapFeedbackListApi();
        app.MapRecommendApi();
        app.MapListApi();
        app.MapNeighborApi();
        app.MapSessionApi();
        app.MapOperationsApi();
        app.MapBackupApi();
        app.MapWritesApi();
        app.MapHealthApi();
        app.MapApiDocumentation();
        return app;
    }
}
