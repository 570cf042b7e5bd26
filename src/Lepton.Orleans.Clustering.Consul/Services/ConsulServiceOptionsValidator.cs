using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Clustering.Consul;

/// <summary>Checks <see cref="ConsulServiceOptions"/> before the service is registered.</summary>
internal sealed class ConsulServiceOptionsValidator : IValidateOptions<ConsulServiceOptions>
{
    private static readonly TimeSpan LeastBeforeDeregistration = TimeSpan.FromMinutes(1);

    public ValidateOptionsResult Validate(string? name, ConsulServiceOptions options)
    {
        var failures = new List<string>();
        Check(options.Name.Length > 0, "Name is empty; set it to what others find the service by.");
        Check(options.Id.Length > 0, "Id is empty; set it to what tells this instance from others.");
        Check(options.Address.Length > 0, "Address is empty; set it to where the service answers.");
        Check(options.Port is > 0 and <= ushort.MaxValue, $"Port is {options.Port}; set it to one from 1 to 65535.");
        Check(options.CheckUrl is { IsAbsoluteUri: true, Scheme: "http" or "https" }, $"CheckUrl is '{options.CheckUrl}'; set it to an http or https address that answers 2xx while the service is well.");
        Check(options.CheckInterval > TimeSpan.Zero, $"CheckInterval is {options.CheckInterval}; set it to more than zero.");
        Check(options.CheckTimeout > TimeSpan.Zero, $"CheckTimeout is {options.CheckTimeout}; set it to more than zero.");
        Check(options.RefreshInterval > TimeSpan.Zero, $"RefreshInterval is {options.RefreshInterval}; set it to more than zero.");
        Check(
            options.DeregisterCriticalServiceAfter >= LeastBeforeDeregistration,
            $"DeregisterCriticalServiceAfter is {options.DeregisterCriticalServiceAfter}; set it to a minute or more, as Consul demands.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures.Select(failure => $"{nameof(ConsulServiceOptions)}: {failure}"));

        void Check(bool isMet, string failure)
        {
            if (!isMet)
            {
                failures.Add(failure);
            }
        }
    }
}
