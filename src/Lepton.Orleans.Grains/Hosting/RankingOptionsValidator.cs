using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Grains.Hosting;

/// <summary>Checks <c>Lepton:Ranking</c> at start-up.</summary>
internal sealed class RankingOptionsValidator : IValidateOptions<RankingOptions>
{
    public ValidateOptionsResult Validate(string? name, RankingOptions options)
    {
        if (options.TrendingHalfLife < TimeSpan.FromMinutes(1))
        {
            return ValidateOptionsResult.Fail($"{RankingOptions.Section}:TrendingHalfLife is {options.TrendingHalfLife}; set it to a minute or more, such as 7.00:00:00.");
        }

        if (options.Diversity is not (>= 0 and < 1))
        {
            return ValidateOptionsResult.Fail($"{RankingOptions.Section}:Diversity is {options.Diversity}; set it to 0 (off) or a share below 1, such as 0.2.");
        }

        return options.MaxAge <= TimeSpan.Zero
            ? ValidateOptionsResult.Fail($"{RankingOptions.Section}:MaxAge is {options.MaxAge}; set it to a time above zero, such as 00:01:00.")
            : ValidateOptionsResult.Success;
    }
}
