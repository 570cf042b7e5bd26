using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Lepton.Orleans.Silo.Security;

/// <summary>Applies <see cref="LoopbackRule"/> to the configured addresses before the server binds the first of them.</summary>
internal sealed class LoopbackStartupFilter(IServer server, IConfiguration configuration, ApiKeyRing ring) : IStartupFilter
{
    /// <inheritdoc/>
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next)
    {
        var kestrel = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(endpoint => endpoint["Url"]).OfType<string>();
        var urls = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        LoopbackRule.Check(urls.Concat(kestrel), hasKeys: !ring.IsEmpty);
        return next;
    }
}
