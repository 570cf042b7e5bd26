using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Security;

/// <summary>Adds API keys to a host.</summary>
internal static class ApiKeyExtensions
{
    /// <summary>Adds <c>Lepton:ApiKeys</c>, checked at start-up, and the refusal to start unprotected.</summary>
    public static IServiceCollection AddApiKeys(this IServiceCollection services)
    {
        services.AddSingleton<ApiKeyOptionsSetup>();
        services.AddSingleton<IConfigureOptions<ApiKeyOptions>>(provider => provider.GetRequiredService<ApiKeyOptionsSetup>());
        services.AddSingleton<IOptionsChangeTokenSource<ApiKeyOptions>>(provider => provider.GetRequiredService<ApiKeyOptionsSetup>());
        services.AddSingleton<IValidateOptions<ApiKeyOptions>, ApiKeyOptionsValidator>();
        services.AddOptions<ApiKeyOptions>().ValidateOnStart();
        services.AddSingleton<ApiKeyRing>();
        services.AddSingleton<IStartupFilter, LoopbackStartupFilter>();
        return services;
    }
}
