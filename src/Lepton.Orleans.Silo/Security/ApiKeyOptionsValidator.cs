using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Security;

/// <summary>Checks <c>Lepton:ApiKeys</c>; messages name the entry and the fix, and never a key.</summary>
internal sealed class ApiKeyOptionsValidator : IValidateOptions<ApiKeyOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ApiKeyOptions options)
    {
        var failures = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in options.Keys)
        {
            if (key.Key.Length == 0)
            {
                failures.Add($"{key.Path} has no key: set {key.Path}:Key to the key that callers send as X-API-Key, or remove the entry.");
            }
            else if (key.Key.Any(c => c is <= ' ' or > '~'))
            {
                failures.Add($"{key.Path}:Key cannot be sent in a header: use printable ASCII characters without spaces.");
            }
            else if (!seen.Add(key.Key))
            {
                failures.Add($"{key.Path}:Key is already the key of another entry: remove one of the two.");
            }

            if (key.ParsedRole is null)
            {
                failures.Add($"{key.Path}:Role is '{key.Role}': set it to admin, write, read or metrics.");
            }
        }

        return failures.Count > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
