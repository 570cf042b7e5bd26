using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Grains.Hosting;

/// <summary>Checks <c>Lepton:Repair</c> at start-up.</summary>
internal sealed class RepairOptionsValidator : IValidateOptions<RepairOptions>
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    public ValidateOptionsResult Validate(string? name, RepairOptions options) => options.Interval < Shortest
        ? ValidateOptionsResult.Fail($"{RepairOptions.Section}:Interval is {options.Interval}; set it to {Shortest} or more, or {RepairOptions.Section}:Automatic to false.")
        : ValidateOptionsResult.Success;
}
