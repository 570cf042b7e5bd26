using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Lepton.Orleans.ClusterTests.Rest;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>One silo: the built host, on ports and in a folder of its own.</summary>
internal sealed class SiloProcess : ServerProcess
{
    private static readonly string Assembly = typeof(SiloProcess).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "SiloAssembly").Value!;

    private readonly int httpPort = FreePort.Next();
    private readonly int siloPort = FreePort.Next();
    private readonly int gatewayPort = FreePort.Next();
    private IReadOnlyList<(string Key, string Value)> settings;

    /// <param name="settings">Further settings, such as <c>Lepton:Redis</c>.</param>
    public SiloProcess(params IReadOnlyList<(string Key, string Value)> settings)
        : base("silo")
    {
        this.settings = settings;
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{httpPort}"));
        Client = new LeptonRestClient(Address);
    }

    public Uri Address { get; }

    /// <summary>What it is started in, where the test cuts it off.</summary>
    public NetworkGroup? Network { get; set; }

    /// <summary>A client for the test's own requests.</summary>
    public LeptonRestClient Client { get; }

    /// <summary>A silo that keeps its data in <paramref name="redis"/>.</summary>
    public static SiloProcess On(RedisProcess redis, params IReadOnlyList<(string Key, string Value)> settings) =>
        On(redis.ConnectionString, settings);

    /// <summary>A silo that keeps its data in the Redis at this address.</summary>
    public static SiloProcess On(string redis, params IReadOnlyList<(string Key, string Value)> settings) =>
        new([("Lepton:Redis", redis), .. settings]);

    /// <summary>The folder of the embedded store.</summary>
    public string DataDirectory => Path.Combine(Directory, "data");

    /// <summary>One of the silos that meet in <paramref name="consul"/> and keep their data in <paramref name="redis"/>.</summary>
    public static SiloProcess In(ConsulProcess consul, RedisProcess redis, params IReadOnlyList<(string Key, string Value)> settings) =>
        On(redis, [("Lepton:Consul", consul.Url), ("Orleans:Endpoints:AdvertisedIPAddress", "127.0.0.1"), .. settings]);

    /// <summary>The port that its row in the membership is known by.</summary>
    public int SiloPort => siloPort;

    /// <summary>The port that clients of the cluster come in by.</summary>
    public int GatewayPort => gatewayPort;

    /// <summary>The port of its API.</summary>
    public int HttpPort => httpPort;

    /// <summary>Changes a setting, or leaves it out, from its next start on.</summary>
    public void Set(string key, string? value)
    {
        var others = settings.Where(setting => setting.Key != key);
        settings = value is null ? [.. others] : [.. others, (key, value)];
    }

    public override async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await base.DisposeAsync();
    }

    protected override (string File, IReadOnlyList<string> Arguments) Command()
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string[] arguments = ["exec", Assembly, "--urls", Address.ToString(), .. Settings().Select(setting => $"--{setting.Key}={setting.Value}")];
        return Network?.Run(dotnet, arguments) ?? (dotnet, arguments);
    }

    protected override void Configure(ProcessStartInfo start) => start.Environment["DOTNET_ENVIRONMENT"] = "Production";

    protected override Task<bool> IsReadyAsync(CancellationToken cancellationToken) => Client.IsReadyAsync(cancellationToken);

    private IEnumerable<(string Key, string Value)> Settings() =>
    [
        ("Lepton:DataDirectory", DataDirectory),
        ("Lepton:Sample", "false"),
        ("Orleans:Endpoints:SiloPort", siloPort.ToString(CultureInfo.InvariantCulture)),
        ("Orleans:Endpoints:GatewayPort", gatewayPort.ToString(CultureInfo.InvariantCulture)),
        .. settings,
    ];
}
