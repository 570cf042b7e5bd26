using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>A redis-server that has every write on disk before it confirms it.</summary>
internal sealed class RedisProcess(string executable, params IReadOnlyList<string> settings) : ServerProcess("redis")
{
    private static readonly byte[] Exec = "*1\r\n$4\r\nEXEC\r\n"u8.ToArray();

    public int Port { get; } = FreePort.Next();

    /// <summary>What a silo is told; a proxy has another port.</summary>
    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>A redis-server from the PATH; without one the test is skipped.</summary>
    public static RedisProcess FindOrSkip() => new(Executable.FindOrSkip("redis-server"));

    /// <summary>A server that keeps no append-only file, and so reads a snapshot at its start.</summary>
    public static RedisProcess WithoutLogOrSkip() => new(Executable.FindOrSkip("redis-server"), "--appendonly", "no");

    /// <summary>A server that others can be clustered with; see <see cref="RedisClusterProcesses"/>.</summary>
    public static RedisProcess OfClusterOrSkip() => new(
        Executable.FindOrSkip("redis-server"),
        "--cluster-enabled", "yes", "--cluster-node-timeout", "3000", "--cluster-port", FreePort.Next().ToString(CultureInfo.InvariantCulture));

    /// <summary>A server that follows another one.</summary>
    public static RedisProcess ReplicaOfOrSkip(RedisProcess primary) => new(
        Executable.FindOrSkip("redis-server"), "--replicaof", "127.0.0.1", primary.Port.ToString(CultureInfo.InvariantCulture));

    /// <summary>
    /// Cuts the append-only file of a stopped server inside the EXEC of its last block of several writes, as a loss of
    /// power does to a block that nobody had an answer to; what came after the block goes with it.
    /// </summary>
    public void CutLastBlock()
    {
        var path = System.IO.Directory.GetFiles(Path.Combine(Directory, "appendonlydir"), "*.incr.aof").Single();
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        var content = new byte[file.Length];
        file.ReadExactly(content);
        var exec = content.AsSpan().LastIndexOf(Exec);
        Assert.True(exec > 0, "The append-only file has no block of several writes.");
        file.SetLength(exec + Exec.Length - 3);
    }

    protected override (string File, IReadOnlyList<string> Arguments) Command() => (executable,
    [
        "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", Directory,
        "--appendonly", "yes", "--appendfsync", "always", "--save", "", .. settings,
    ]);

    /// <summary>Changes a setting of the running server.</summary>
    public async Task ConfigureAsync(string setting, string value, CancellationToken cancellationToken) =>
        Assert.Equal("+OK", await ExecuteAsync($"CONFIG SET {setting} {value}", cancellationToken));

    /// <summary>Begins to write a snapshot.</summary>
    public async Task SaveAsync(CancellationToken cancellationToken) =>
        Assert.Equal("+Background saving started", await ExecuteAsync("BGSAVE", cancellationToken));

    /// <summary>Puts a text in the place of a list, which is kept aside: what is appended to it fails.</summary>
    public Task PutAsideAsync(string list, CancellationToken cancellationToken) =>
        RunAsync("redis.call('RENAME', KEYS[1], KEYS[1] .. ':aside') redis.call('SET', KEYS[1], 'in disorder')", list, cancellationToken);

    /// <summary>Puts the list back.</summary>
    public Task PutBackAsync(string list, CancellationToken cancellationToken) =>
        RunAsync("redis.call('RENAME', KEYS[1] .. ':aside', KEYS[1])", list, cancellationToken);

    private async Task RunAsync(string script, string key, CancellationToken cancellationToken) =>
        Assert.Equal("+OK", await ExecuteAsync($"EVAL \"{script} return redis.status_reply('OK')\" 1 {key}", cancellationToken));

    // It listens before it has read its file, and answers LOADING until then.
    protected override async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ExecuteAsync("PING", cancellationToken) == "+PONG";
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    /// <summary>How many keys it has.</summary>
    public async Task<int> KeysAsync(CancellationToken cancellationToken) =>
        int.Parse((await ExecuteAsync("DBSIZE", cancellationToken))!.TrimStart(':'), CultureInfo.InvariantCulture);

    /// <summary>Asks for a text of several lines, such as <c>INFO</c>.</summary>
    public async Task<IReadOnlyDictionary<string, string>> InfoAsync(string command, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        using var answer = await AskAsync(client, command, cancellationToken);
        var text = new char[int.Parse((await answer.ReadLineAsync(cancellationToken))!.TrimStart('$'), CultureInfo.InvariantCulture)];
        await answer.ReadBlockAsync(text, cancellationToken);
        return new string(text).Split("\r\n").Select(line => line.Split(':', 2)).Where(line => line.Length == 2).ToDictionary(line => line[0], line => line[1], StringComparer.Ordinal);
    }

    private async Task<string?> ExecuteAsync(string command, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        using var answer = await AskAsync(client, command, cancellationToken);
        return await answer.ReadLineAsync(cancellationToken);
    }

    private async Task<StreamReader> AskAsync(TcpClient client, string command, CancellationToken cancellationToken)
    {
        await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), cancellationToken);
        return new StreamReader(stream, Encoding.ASCII);
    }
}
