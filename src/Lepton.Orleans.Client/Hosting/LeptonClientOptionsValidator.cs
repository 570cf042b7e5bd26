using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Client;

/// <summary>Checks <see cref="LeptonClientOptions"/> at start-up.</summary>
internal sealed class LeptonClientOptionsValidator : IValidateOptions<LeptonClientOptions>
{
    public ValidateOptionsResult Validate(string? name, LeptonClientOptions options)
    {
        var failures = new List<string>();
        if (LeptonKey.Violation(options.Tenant) is { } rule)
        {
            failures.Add($"{LeptonClientOptions.Section}:{nameof(options.Tenant)} {rule}.");
        }

        for (var i = 0; i < options.Gateways.Count; i++)
        {
            if (!GatewayName.TryParse(options.Gateways[i], out _))
            {
                failures.Add($"{LeptonClientOptions.Section}:{nameof(options.Gateways)}:{i} is '{options.Gateways[i]}'; write host:port, such as silo-1:30000.");
            }
        }

        if (options.ResponseTimeout <= TimeSpan.Zero)
        {
            failures.Add($"{LeptonClientOptions.Section}:{nameof(options.ResponseTimeout)} is {options.ResponseTimeout}; set it to more than zero, such as 00:00:05.");
        }

        if (options.Patience < TimeSpan.Zero)
        {
            failures.Add($"{LeptonClientOptions.Section}:{nameof(options.Patience)} is {options.Patience}; set it to zero or more, such as 00:00:15.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
