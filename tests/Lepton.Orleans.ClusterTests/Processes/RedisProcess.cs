using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Lepton.Orleans.ClusterTests.Processes;

/// <summary>A redis-server that has every write on disk before it confirms it.</summary>
internal sealed class RedisProcess(string executable) : ServerProcess("redis")
{
    private static readonly byte[] Ping = "PING\r\n"u8.ToArray();
    private static readonly byte[] Pong = "+PONG"u8.ToArray();

    public int Port { get; } = FreePort.Next();

    public string ConnectionString => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>A redis-server from the PATH; without one the test is skipped.</summary>
    public static RedisProcess FindOrSkip() => new(Executable.FindOrSkip("redis-server"));

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
