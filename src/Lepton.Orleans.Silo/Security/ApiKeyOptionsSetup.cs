using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Lepton.Orleans.Silo.Security;

/// <summary>Reads <see cref="ApiKeyOptions"/>, whose entries are strings or objects, and again whenever the configuration changes.</summary>
internal sealed class ApiKeyOptionsSetup(IConfiguration configuration)
    : IConfigureOptions<ApiKeyOptions>, IOptionsChangeTokenSource<ApiKeyOptions>
{
    /// <inheritdoc/>
    public string Name => Options.DefaultName;

    /// <inheritdoc/>
    public void Configure(ApiKeyOptions options) => options.Keys = ApiKeyOptions.Read(configuration);

    /// <inheritdoc/>
    public IChangeToken GetChangeToken() => configuration.GetReloadToken();
}
