using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Silo.Security;

/// <summary>The service would be reachable from other machines without any key.</summary>
/// <param name="address">The address.</param>
internal sealed class UnprotectedAddressException(string address) : OptionsValidationException(
    ApiKeyOptions.Section,
    typeof(ApiKeyOptions),
    [
        $"It will not listen on {address} without API keys: everyone who reaches it could read and delete everything. "
        + $"Set {ApiKeyOptions.Section} (environment: Lepton__ApiKeys__0=<key>), or listen on this machine alone: --urls http://127.0.0.1:8088.",
    ]);
