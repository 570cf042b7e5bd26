using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Grains.Hosting;

/// <summary>Checks <c>Lepton:Feedback</c> at start-up.</summary>
internal sealed class FeedbackOptionsValidator : IValidateOptions<FeedbackOptions>
{
    // Names are kept with the user: 21 bytes an event for as long.
    private static readonly TimeSpan MaxWindow = TimeSpan.FromDays(30);

    public ValidateOptionsResult Validate(string? name, FeedbackOptions options)
    {
        if (options.RepetitionWindow < TimeSpan.Zero || options.RepetitionWindow > MaxWindow)
        {
            return ValidateOptionsResult.Fail(
                $"{FeedbackOptions.Section}:RepetitionWindow is {options.RepetitionWindow}; set it to a time from 0 to {MaxWindow:%d} days, such as 1.00:00:00.");
        }

        try
        {
            _ = options.ToPolicy();
            return ValidateOptionsResult.Success;
        }
        catch (FormatException exception)
        {
            return ValidateOptionsResult.Fail($"{FeedbackOptions.Section}: {exception.Message}");
        }
    }
}
