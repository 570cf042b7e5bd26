using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Apis;

/// <summary>Checks <see cref="ApiOptions"/>; messages name the key and the fix.</summary>
internal sealed class ApiOptionsValidator : IValidateOptions<ApiOptions>
{
    private const int Min = 1024;
    private const int Max = 1024 * 1024 * 1024;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ApiOptions options) => options.MaxBodyBytes is >= Min and <= Max
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail(
            $"{ApiOptions.Section}:{nameof(ApiOptions.MaxBodyBytes)} is {options.MaxBodyBytes}: set it to {Min} to {Max} bytes.");
}
