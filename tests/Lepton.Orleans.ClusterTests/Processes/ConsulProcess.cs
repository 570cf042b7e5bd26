using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using DnsClient;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>A Consul server, or an agent of servers, that keeps what it is told over restarts.</summary>
internal sealed class ConsulProcess : ServerProcess
{
    private readonly string executable;
    private readonly int serverPort = FreePort.Next();
    private readonly int serfPort = FreePort.Next();
    private readonly string configuration;
    private readonly string? token;
    private readonly HttpClient http;
    private readonly bool isServer;

    private ConsulProcess(string executable, string configuration, string? token, bool isServer = true)
        : base("consul")
    {
        this.executable = executable;
        this.configuration = configuration;
        this.token = token;
        this.isServer = isServer;
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}"));
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Address };
        if (token is not null)
        {
            http.DefaultRequestHeaders.Add("X-Consul-Token", token);
        }
    }

    public Uri Address { get; }

    /// <summary>Where its names are asked for.</summary>
    public int DnsPort { get; } = FreePort.Next();

    /// <summary>Where it is asked over TLS, if it can be.</summary>
    public Uri? TlsAddress { get; private init; }

    /// <summary>The address as a setting.</summary>
    public string Url => Address.ToString().TrimEnd('/');

    /// <summary>A server from the PATH, on its own; without one the test is skipped.</summary>
    public static ConsulProcess FindOrSkip() => new(Executable.FindOrSkip("consul"), "bootstrap_expect = 1", null);

    /// <summary>A server that refuses everything but what the token may do.</summary>
    public static ConsulProcess WithTokenOrSkip(string token) => new(
        Executable.FindOrSkip("consul"),
        $$"""bootstrap_expect = 1 primary_datacenter = "dc1" acl { enabled = true default_policy = "deny" tokens { master = "{{token}}" } }""",
        token);

    /// <summary>A server that can be asked over TLS as well, by whoever shows a certificate of the authority.</summary>
    public static ConsulProcess WithTlsOrSkip(string authority, string certificate, string key)
    {
        var port = FreePort.Next();
        return new(
            Executable.FindOrSkip("consul"),
            $$"""bootstrap_expect = 1 ports { https = {{Port(port)}} } ca_file = "{{authority}}" cert_file = "{{certificate}}" key_file = "{{key}}" verify_incoming_https = true""",
            null)
        {
            TlsAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{port}")),
        };
    }

    /// <summary>Servers that elect a leader among them.</summary>
    public static IReadOnlyList<ConsulProcess> ClusterOrSkip(int size)
    {
        var executable = Executable.FindOrSkip("consul");
        var first = new ConsulProcess(executable, string.Create(CultureInfo.InvariantCulture, $"bootstrap_expect = {size}"), null);
        var join = string.Create(CultureInfo.InvariantCulture, $"""bootstrap_expect = {size} retry_interval = "1s" retry_join = ["127.0.0.1:{first.serfPort}"]""");
        return [first, .. Enumerable.Range(1, size - 1).Select(_ => new ConsulProcess(executable, join, null))];
    }

    /// <summary>What runs beside silos: it keeps nothing but their registrations, and asks whichever server leads.</summary>
    public static ConsulProcess AgentOf(IReadOnlyList<ConsulProcess> servers)
    {
        var addresses = string.Join(", ", servers.Select(server => string.Create(CultureInfo.InvariantCulture, $"\"127.0.0.1:{server.serfPort}\"")));
        return new ConsulProcess(servers[0].executable, $"""retry_interval = "1s" retry_join = [{addresses}]""", null, isServer: false);
    }

    /// <summary>What Consul answers to a GET, as JSON; null where there is nothing.</summary>
    public async Task<JsonElement?> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        return response.StatusCode == HttpStatusCode.NotFound
            ? null
            : await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
    }

    /// <summary>Sends a PUT.</summary>
    public async Task PutAsync(string path, string content, CancellationToken cancellationToken)
    {
        using var body = new StringContent(content);
        using var response = await http.PutAsync(new Uri(path, UriKind.Relative), body, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Keys and values below a prefix, in their order.</summary>
    public async Task<IReadOnlyList<(string Key, string Value)>> KeysAsync(string prefix, CancellationToken cancellationToken) =>
        await GetAsync($"v1/kv/{prefix}?recurse", cancellationToken) is { } found
            ? [.. found.EnumerateArray().Select(entry => (entry.GetProperty("Key").GetString()!, Encoding.UTF8.GetString(entry.GetProperty("Value").GetBytesFromBase64())))]
            : [];

    /// <summary>The instances of a service that pass their checks: id, port and tags.</summary>
    public async Task<IReadOnlyList<(string Id, int Port, IReadOnlyList<string> Tags)>> PassingAsync(string service, CancellationToken cancellationToken) =>
    [
        .. (await GetAsync($"v1/health/service/{service}?passing", cancellationToken))!.Value.EnumerateArray()
            .Select(entry => entry.GetProperty("Service"))
            .Select(entry => (
                entry.GetProperty("ID").GetString()!,
                entry.GetProperty("Port").GetInt32(),
                (IReadOnlyList<string>)[.. entry.GetProperty("Tags").EnumerateArray().Select(tag => tag.GetString()!)])),
    ];

    /// <summary>The ports of all instances of a service in the catalogue, whether they pass their checks or not.</summary>
    public async Task<IReadOnlyList<int>> RegisteredAsync(string service, CancellationToken cancellationToken) =>
        [.. (await GetAsync($"v1/catalog/service/{service}", cancellationToken))!.Value.EnumerateArray().Select(entry => entry.GetProperty("ServicePort").GetInt32())];

    /// <summary>The ports of the instances of a service that DNS names, in their order.</summary>
    public async Task<IReadOnlyList<int>> NamedAsync(string service, CancellationToken cancellationToken)
    {
        var dns = new LookupClient(new LookupClientOptions(new IPEndPoint(IPAddress.Loopback, DnsPort)) { UseCache = false, UseTcpOnly = true });
        var answer = await dns.QueryAsync($"{service}.service.consul", QueryType.SRV, cancellationToken: cancellationToken);
        return [.. answer.Answers.SrvRecords().Select(record => (int)record.Port).Order()];
    }

    /// <summary>Whether this one leads.</summary>
    public async Task<bool> IsLeaderAsync(CancellationToken cancellationToken) =>
        (await GetAsync("v1/status/leader", cancellationToken))?.GetString() == string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{serverPort}");

    public override async ValueTask DisposeAsync()
    {
        http.Dispose();
        await base.DisposeAsync();
    }

    // Without the host's id for its own: several servers run on one machine.
    protected override (string File, IReadOnlyList<string> Arguments) Command() => (executable,
    [
        "agent", .. isServer ? ["-server"] : Array.Empty<string>(), "-bind=127.0.0.1", "-client=127.0.0.1", $"-data-dir={Directory}", "-disable-host-node-id", $"-node=consul-{Port(serverPort)}",
        $"-http-port={Address.Port}", $"-server-port={Port(serverPort)}", $"-serf-lan-port={Port(serfPort)}", "-serf-wan-port=-1", $"-dns-port={Port(DnsPort)}",
        "-hcl", "performance { raft_multiplier = 1 } disable_update_check = true", "-hcl", configuration,
    ]);

    protected override async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            // The leader confirms a consistent read by a quorum.
            using var response = await http.GetAsync(new Uri("v1/kv/nothing?consistent", UriKind.Relative), cancellationToken);
            return response.StatusCode == HttpStatusCode.NotFound;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static string Port(int port) => port.ToString(CultureInfo.InvariantCulture);
}
