using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Grains.Hosting;

/// <summary>Checks <c>Lepton:Feedback</c> at start-up.</summary>
internal sealed class FeedbackOptionsValidator : IValidateOptions<FeedbackOptions>
{
    public ValidateOptionsResult Validate(string? name, FeedbackOptions options)
    {
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
