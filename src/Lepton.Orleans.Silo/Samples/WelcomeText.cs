using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Lepton.Orleans.Silo.Samples;

/// <summary>What a person who has just started the service for the first time wants to try.</summary>
internal sealed class WelcomeText(IGrainFactory grains, IServer server)
{
    /// <summary>Prints it, with a user and an item that are there.</summary>
    public async Task PrintAsync(CancellationToken cancellationToken)
    {
        var tenant = grains.GetGrain<ITenantGrain>(LeptonKey.DefaultTenant);
        var users = await tenant.ListUsersAsync(1, "");
        var popular = await tenant.GetListAsync(RecommenderNames.Popular, null, 200, 0);
        if (users.Entries.Count == 0 || popular is not { Count: > 0 })
        {
            return;
        }

        cancellationToken.ThrowIfCancellationRequested();
        var url = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? "http://127.0.0.1:8088";
        var user = Uri.EscapeDataString(users.Entries[0].UserId);
        var item = popular[^1].Id;
        var json = $$"""[{"FeedbackType":"like","UserId":"{{users.Entries[0].UserId}}","ItemId":"{{item}}"}]""";
        var text = new StringBuilder()
            .AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"  Lepton is ready: {url}")
            .AppendLine()
            .AppendLine("  A personal list, and why each place is where it is:")
            .AppendLine(CultureInfo.InvariantCulture, $"    curl '{url}/api/recommend/{user}'")
            .AppendLine(CultureInfo.InvariantCulture, $"    curl '{url}/api/v2/recommend/{user}?explain=true'")
            .AppendLine()
            .AppendLine("  Say that this user likes something else, then ask for the list again:")
            .AppendLine(CultureInfo.InvariantCulture, $"    curl -X POST '{url}/api/feedback' -H 'Content-Type: application/json' -d '{json}'")
            .AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"  The whole API:  {url}/docs")
            .AppendLine();
        await Console.Out.WriteAsync(text, cancellationToken);
    }
}
