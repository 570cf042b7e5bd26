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
            return string.IsNullOrWhiteSpace(options.DataDirectory)
                ? ValidateOptionsResult.Fail("Lepton:DataDirectory is empty; set it to a folder, or leave it out for the default.")
                : ValidateOptionsResult.Success;
        }

        try
        {
            return ConfigurationOptions.Parse(redis).EndPoints.Count > 0
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail("Lepton:Redis names no server; write host:port, such as localhost:6379.");
        }
        catch (ArgumentException exception)
        {
            return ValidateOptionsResult.Fail($"Lepton:Redis cannot be read ({exception.Message}); write host:port[,option=value].");
        }
    }
}
