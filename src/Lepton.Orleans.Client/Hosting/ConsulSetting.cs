using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Client;

/// <summary><c>Lepton:Consul</c>, as silos and front ends have it.</summary>
internal static class ConsulSetting
{
    /// <summary>The setting; what lies below it are the names of the options of clustering on Consul.</summary>
    public const string Key = "Lepton:Consul";

    /// <summary>Where Consul is; <see langword="null"/> where the setting is absent.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="otherwise">What to do who has no Consul, to be read after "or leave it out".</param>
    /// <exception cref="OptionsValidationException">The setting is no address of Consul.</exception>
    public static Uri? Read(IConfiguration configuration, string otherwise)
    {
        if (configuration[Key] is not { } value)
        {
            return null;
        }

        return Uri.TryCreate(value, UriKind.Absolute, out var address) && address is { Scheme: "http" or "https", AbsolutePath: "/", Query: "" }
            ? address
            : throw Invalid($"{Key} is '{value}'; write http://host:port, such as http://127.0.0.1:8500, or leave it out {otherwise}.");
    }

    /// <summary>What is thrown where the setting cannot be used.</summary>
    public static OptionsValidationException Invalid(string message) => new(Key, typeof(ConsulSetting), [message]);
}
