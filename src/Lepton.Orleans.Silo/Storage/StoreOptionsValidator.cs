using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Lepton.Orleans.Silo.Storage;

/// <summary>Checks the store's settings at start-up.</summary>
internal sealed class StoreOptionsValidator : IValidateOptions<StoreOptions>
{
    private const int MostReplicas = 10;

    public ValidateOptionsResult Validate(string? name, StoreOptions options)
    {
        if (options.RedisReplicas is < 0 or > MostReplicas)
        {
            return ValidateOptionsResult.Fail($"Lepton:RedisReplicas is {options.RedisReplicas}; set it to a number from 0 to {MostReplicas}.");
        }

        if (options is { RedisReplicas: > 0, IsEmbedded: true })
        {
            return ValidateOptionsResult.Fail($"Lepton:RedisReplicas is {options.RedisReplicas} and Lepton:Redis is not set; the embedded store has no replicas: set Lepton:Redis, or remove it.");
        }

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
