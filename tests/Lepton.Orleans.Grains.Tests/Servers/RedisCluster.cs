using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lepton.Orleans.Grains.Tests.Clusters;
using StackExchange.Redis;

namespace Lepton.Orleans.Grains.Tests.Servers;

/// <summary>A Redis Cluster of two primaries on loopback, each with half of the slots.</summary>
internal sealed class RedisCluster : IDisposable
{
    private const int Slots = 16384;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("lepton-redis-cluster-").FullName;
    private readonly List<(int Port, int BusPort, Process Process)> _nodes = [];

    private RedisCluster()
    {
    }

    /// <summary>Starts it; skips the test where the machine lacks the server.</summary>
    public static async Task<RedisCluster> StartAsync()
    {
        Assert.SkipWhen(StoreServer.RedisPath is null, "redis-server is not on the PATH.");
        var cluster = new RedisCluster();
        try
        {
            cluster.Launch();
            cluster.Launch();
            await cluster.FormAsync();
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    public ConnectionMultiplexer Connect()
    {
        var options = Options();
        _nodes.ForEach(node => options.EndPoints.Add(IPAddress.Loopback, node.Port));
        return ConnectionMultiplexer.Connect(options);
    }

    /// <summary>Ends one of the two.</summary>
    public void StopOne()
    {
        _nodes[^1].Process.Kill();
        _nodes[^1].Process.WaitForExit();
    }

    public void Dispose()
    {
        foreach (var (_, _, process) in _nodes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private void Launch()
    {
        var (port, bus) = FreePorts();
        var folder = Directory.CreateDirectory(Path.Combine(_folder, port.ToString(CultureInfo.InvariantCulture))).FullName;
        var process = Process.Start(new ProcessStartInfo(
            StoreServer.RedisPath!,
            [
                "--bind", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--cluster-port", bus.ToString(CultureInfo.InvariantCulture),
                "--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--dir", folder, "--save", "", "--appendonly", "no",
            ])
        {
            RedirectStandardOutput = true,
        })!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        _nodes.Add((port, bus, process));
    }

    private async Task FormAsync()
    {
        for (var i = 0; i < _nodes.Count; i++)
        {
            await using var node = await ConnectAsync(_nodes[i].Port);
            var server = node.GetServers()[0];
            var (first, last) = (i * Slots / _nodes.Count, ((i + 1) * Slots / _nodes.Count) - 1);
            await server.ExecuteAsync("CLUSTER", "ADDSLOTSRANGE", first, last);
            await server.ExecuteAsync("CLUSTER", "SET-CONFIG-EPOCH", i + 1);
            await server.ExecuteAsync("CLUSTER", "MEET", "127.0.0.1", _nodes[0].Port, _nodes[0].BusPort);
        }

        foreach (var (port, _, _) in _nodes)
        {
            await using var node = await ConnectAsync(port);
            await LeptonCluster.EventuallyAsync(
                async () => (await node.GetServers()[0].ExecuteAsync("CLUSTER", "INFO")).ToString() is var info
                    && info.Contains("cluster_state:ok", StringComparison.Ordinal) && info.Contains("cluster_size:2", StringComparison.Ordinal),
                "the servers know each other");
        }
    }

    private static async Task<ConnectionMultiplexer> ConnectAsync(int port)
    {
        var options = Options();
        options.EndPoints.Add(IPAddress.Loopback, port);
        options.AllowAdmin = true;
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(options);
        await LeptonCluster.EventuallyAsync(() => Task.FromResult(multiplexer.IsConnected), "the server answers");
        return multiplexer;
    }

    private static ConfigurationOptions Options() => new()
    {
        AbortOnConnectFail = false,
        AsyncTimeout = (int)Patience.TotalMilliseconds,
        SyncTimeout = (int)Patience.TotalMilliseconds,
        ConnectTimeout = 1500,
        ReconnectRetryPolicy = new LinearRetry(100),
        HeartbeatInterval = TimeSpan.FromMilliseconds(250),
    };

    private static (int Port, int BusPort) FreePorts()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return (((IPEndPoint)first.LocalEndpoint).Port, ((IPEndPoint)second.LocalEndpoint).Port);
    }
}
