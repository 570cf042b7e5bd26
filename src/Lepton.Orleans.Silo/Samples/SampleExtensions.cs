using Lepton.Orleans.Grains.Roles;
using Lepton.Orleans.Silo.Clustering;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Samples;

/// <summary>The sample catalogue of a service that is tried out.</summary>
internal static class SampleExtensions
{
    /// <summary>The setting that turns the sample off.</summary>
    public const string Setting = "Lepton:Sample";

    /// <summary>Loads the sample into a service that holds nothing yet, unless <c>Lepton:Sample</c> is false.</summary>
    public static void AddSample(this WebApplicationBuilder builder)
    {
        var value = builder.Configuration[Setting];
        if (!bool.TryParse(value ?? bool.TrueString, out var isWanted))
        {
            throw new OptionsValidationException(Setting, typeof(bool), [$"{Setting} is '{value}'; set it to true or false."]);
        }

        // Whoever answers requests prints what to try.
        if (isWanted && RoleOptions.Read(builder.Configuration).HasFlag(SiloRoles.Api))
        {
            builder.Services.AddSingleton<WelcomeText>();
            builder.Services.AddHostedService<SampleLoader>();
        }
    }
}
