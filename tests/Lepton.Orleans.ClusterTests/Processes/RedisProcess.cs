using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>A redis-server that has every write on disk before it confirms it.</summary>
internal sealed class RedisProcess(string executable) : ServerProcess("redis")
{
    private static readonly byte[] Ping = "PING\r\n"u8.ToArray();
    private static readonly byte[] Pong = "+PONG"u8.ToArray();
    private static readonly byte[] Exec = "*1\r\n$4\r\nEXEC\r\n"u8.ToArray();

    public int Port { get; } = FreePort.Next();

    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>A redis-server from the PATH; without one the test is skipped.</summary>
    public static RedisProcess FindOrSkip() => new(Executable.FindOrSkip("redis-server"));

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
        "--appendonly", "yes", "--appendfsync", "always", "--save", "",
    ]);

    protected override async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        // It listens before it has read its file, and answers LOADING until then.
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
            var stream = client.GetStream();
            await stream.WriteAsync(Ping, cancellationToken);
            var answer = new byte[Pong.Length];
            await stream.ReadExactlyAsync(answer, cancellationToken);
            return answer.AsSpan().SequenceEqual(Pong);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
