using System.Globalization;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>The load balancer of the compose file, with its own configuration: it learns from Consul which silos there are.</summary>
internal sealed class HaproxyProcess(string executable, ConsulProcess consul) : ServerProcess("haproxy")
{
    private readonly int port = FreePort.Next();
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>The one address of the API.</summary>
    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));

    /// <summary>A haproxy from the PATH; without one the test is skipped.</summary>
    public static HaproxyProcess FindOrSkip(ConsulProcess consul) => new(Executable.FindOrSkip("haproxy"), consul);

    public override async ValueTask DisposeAsync()
    {
        http.Dispose();
        await base.DisposeAsync();
    }

    protected override (string File, IReadOnlyList<string> Arguments) Command()
    {
        var configuration = Path.Combine(Directory, "haproxy.cfg");
        File.WriteAllText(configuration, File.ReadAllText(Deployed.File("compose", "haproxy", "haproxy.cfg"))
            .Replace("consul:8600", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{consul.DnsPort}"), StringComparison.Ordinal)
            .Replace("bind :8088", string.Create(CultureInfo.InvariantCulture, $"bind 127.0.0.1:{port}"), StringComparison.Ordinal));
        return (executable, ["-db", "-f", configuration]);
    }

    // It answers for itself before it knows any silo, with a 503.
    protected override async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync(Address, cancellationToken);
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
