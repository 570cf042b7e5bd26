using System.Diagnostics;
using System.Globalization;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>A Redis Cluster of three primaries, each with a replica.</summary>
internal sealed class RedisClusterProcesses
{
    private const int Size = 6;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private RedisClusterProcesses(IReadOnlyList<RedisProcess> servers) => Servers = servers;

    /// <summary>The servers, in no order.</summary>
    public IReadOnlyList<RedisProcess> Servers { get; }

    /// <summary>What a silo is told: some of the servers, which know the others.</summary>
    public string ConnectionString => string.Join(',', Servers.Select(server => server.ConnectionString));

    /// <summary>Servers that are not clustered yet; skips the test where a program is missing.</summary>
    public static RedisClusterProcesses FindOrSkip()
    {
        _ = Executable.FindOrSkip("redis-cli");
        return new([.. Enumerable.Range(0, Size).Select(_ => RedisProcess.OfClusterOrSkip())]);
    }

    /// <summary>Makes one cluster of the running servers.</summary>
    public async Task FormAsync(CancellationToken cancellationToken)
    {
        using var form = Process.Start(new ProcessStartInfo(
            Executable.FindOrSkip("redis-cli"),
            ["--cluster", "create", .. Servers.Select(server => server.ConnectionString), "--cluster-replicas", "1", "--cluster-yes"])
        {
            RedirectStandardOutput = true,
        })!;
        var said = await form.StandardOutput.ReadToEndAsync(cancellationToken);
        await form.WaitForExitAsync(cancellationToken);
        Assert.True(form.ExitCode == 0, said);
        await Eventually.TrueAsync(
            async token =>
            {
                var states = await Task.WhenAll(Servers.Select(server => server.InfoAsync("CLUSTER INFO", token)));
                var links = await Task.WhenAll(Servers.Select(server => server.InfoAsync("INFO replication", token)));
                return states.All(state => state["cluster_state"] == "ok") && links.Count(link => HasReplica(link)) == Size / 2;
            },
            "the cluster must have formed",
            Deadline,
            cancellationToken);
    }

    /// <summary>The running servers that are no replicas.</summary>
    public async Task<IReadOnlyList<RedisProcess>> PrimariesAsync(CancellationToken cancellationToken)
    {
        var running = Servers.Where(server => server.IsRunning).ToList();
        var links = await Task.WhenAll(running.Select(server => server.InfoAsync("INFO replication", cancellationToken)));
        return [.. running.Where((_, number) => links[number]["role"] == "master")];
    }

    /// <summary>The server that follows a primary.</summary>
    public async Task<RedisProcess> ReplicaOfAsync(RedisProcess primary, CancellationToken cancellationToken)
    {
        var link = (await primary.InfoAsync("INFO replication", cancellationToken))["slave0"];
        return Servers.Single(server => link.Contains(string.Create(CultureInfo.InvariantCulture, $"port={server.Port},"), StringComparison.Ordinal));
    }

    /// <summary>Returns when three primaries run.</summary>
    public Task PromotedAsync(CancellationToken cancellationToken) => Eventually.TrueAsync(
        async token => (await PrimariesAsync(token)).Count == Size / 2, "a replica must be promoted", Deadline, cancellationToken);

    /// <summary>Returns when each primary has a replica that is up to date.</summary>
    public Task ReplicatedAsync(CancellationToken cancellationToken) => Eventually.TrueAsync(
        async token => (await Task.WhenAll((await PrimariesAsync(token)).Select(server => server.InfoAsync("INFO replication", token)))).Count(HasReplica) == Size / 2,
        "each primary must have a replica",
        Deadline,
        cancellationToken);

    private static bool HasReplica(IReadOnlyDictionary<string, string> link) =>
        link["role"] == "master" && int.Parse(link["connected_slaves"], CultureInfo.InvariantCulture) > 0 && link["slave0"].Contains("state=online", StringComparison.Ordinal);
}
