using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Lepton.Orleans.Silo.Storage;

/// <summary>Checks the store's settings at start-up.</summary>
internal sealed class StoreOptionsValidator : IValidateOptions<StoreOptions>
{
    public ValidateOptionsResult Validate(string? name, StoreOptions options)
    {
        if (options.Redis is not { Length: > 0 } redis)
        {
            return Path.IsPathFullyQualified(Path.GetFullPath(options.DataDirectory))
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail($"Lepton:DataDirectory is '{options.DataDirectory}'; set it to a folder.");
        }

        try
        {
            return ConfigurationOptions.Parse(redis).EndPoints.Count > 0
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail($"Lepton:Redis is '{redis}', which names no server; write host:port, such as localhost:6379.");
        }
        catch (ArgumentException exception)
        {
            return ValidateOptionsResult.Fail($"Lepton:Redis is '{redis}', which cannot be read ({exception.Message}); write host:port[,option=value].");
        }
    }
}
