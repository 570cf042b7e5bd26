using System.Globalization;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>HAProxy with the configuration of the compose file, which finds silos in the DNS of a Consul agent.</summary>
internal sealed class LoadBalancerProcess(string executable, ConsulProcess agent) : ServerProcess("haproxy")
{
    private readonly int port = FreePort.Next();
    private readonly HttpClient http = new();

    /// <summary>The one address of the API.</summary>
    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));

    public override async ValueTask DisposeAsync()
    {
        http.Dispose();
        await base.DisposeAsync();
    }

    protected override (string File, IReadOnlyList<string> Arguments) Command()
    {
        var configuration = Path.Combine(Directory, "haproxy.cfg");
        File.WriteAllText(configuration, File.ReadAllText(Deployed.File("compose", "haproxy", "haproxy.cfg"))
            .Replace("consul:8600", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{agent.DnsPort}"), StringComparison.Ordinal)
            .Replace("bind :8088", string.Create(CultureInfo.InvariantCulture, $"bind 127.0.0.1:{port}"), StringComparison.Ordinal));
        return (executable, ["-db", "-f", configuration]);
    }

    protected override async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync(new Uri(Address, "api/health/ready"), cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
