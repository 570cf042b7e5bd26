using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Grains.Hosting;

/// <summary>Checks <c>Lepton:Training</c> at start-up.</summary>
internal sealed class TrainingOptionsValidator : IValidateOptions<TrainingOptions>
{
    public ValidateOptionsResult Validate(string? name, TrainingOptions options)
    {
        if (options.CheckInterval < TimeSpan.FromMilliseconds(100))
        {
            return ValidateOptionsResult.Fail($"{TrainingOptions.Section}:CheckInterval is {options.CheckInterval}; set it to 00:00:00.1 or more.");
        }

        if (options.Growth is not > 0)
        {
            return ValidateOptionsResult.Fail($"{TrainingOptions.Section}:Growth is {options.Growth}; set it above 0, such as 0.1 for a tenth.");
        }

        if (options.AfterErasure < TimeSpan.Zero)
        {
            return ValidateOptionsResult.Fail($"{TrainingOptions.Section}:AfterErasure is {options.AfterErasure}; set it to 00:00:00 (at once) or more.");
        }

        if (options.TuningBudget < TimeSpan.Zero || options.TuningBudget > TimeSpan.FromDays(1))
        {
            return ValidateOptionsResult.Fail(
                $"{TrainingOptions.Section}:TuningBudget is {options.TuningBudget}; set it to 00:00:00 (nothing is searched) up to 1.00:00:00, such as 00:10:00.");
        }

        if (options.PairMegabytes < 0)
        {
            return ValidateOptionsResult.Fail($"{TrainingOptions.Section}:PairMegabytes is {options.PairMegabytes}; set it to 0 (a quarter of the memory) or more.");
        }

        return options.Parallelism < 0
            ? ValidateOptionsResult.Fail($"{TrainingOptions.Section}:Parallelism is {options.Parallelism}; set it to 0 (half of the processors) or more.")
            : ValidateOptionsResult.Success;
    }
}
