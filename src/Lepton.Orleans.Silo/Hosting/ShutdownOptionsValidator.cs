using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Hosting;

/// <summary>Checks <see cref="ShutdownOptions"/> at start-up.</summary>
internal sealed class ShutdownOptionsValidator : IValidateOptions<ShutdownOptions>
{
    private static readonly TimeSpan MaxGrace = TimeSpan.FromHours(1);

    public ValidateOptionsResult Validate(string? name, ShutdownOptions options) =>
        options.Grace <= TimeSpan.Zero || options.Grace > MaxGrace
            ? ValidateOptionsResult.Fail($"{ShutdownOptions.Section}:Grace is {options.Grace}; set it to more than zero and at most an hour, such as 00:00:30.")
            : options.Drain < TimeSpan.Zero || options.Drain >= options.Grace
                ? ValidateOptionsResult.Fail($"{ShutdownOptions.Section}:Drain is {options.Drain}; set it to at least zero and less than {ShutdownOptions.Section}:Grace ({options.Grace}).")
                : ValidateOptionsResult.Success;
}
