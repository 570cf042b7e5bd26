using System.Buffers.Text;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Lepton.Orleans.Freshness;

/// <summary>
/// One connection, one request at a time, and no more of HTTP/1.1 than the service's own answers need: a load generator that
/// shares its machine with what it loads must cost little.
/// </summary>
internal sealed class Connection : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Uri _url;
    private byte[] _buffer = new byte[16 * 1024];

    private Connection(Uri url) => _url = url;

    /// <summary>Opens a connection.</summary>
    public static async Task<Connection> OpenAsync(Uri url)
    {
        var connection = new Connection(url);
        await connection._socket.ConnectAsync(url.Host, url.Port);
        return connection;
    }

    /// <summary>Sends a request and reads the answer.</summary>
    /// <returns>The body, until the next request is sent.</returns>
    /// <exception cref="InvalidOperationException">The answer is no 200.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> SendAsync(string method, string path, string? json = null)
    {
        var request = Encoding.UTF8.GetBytes(json is null
            ? $"{method} {path} HTTP/1.1\r\nHost: {_url.Authority}\r\n\r\n"
            : string.Create(CultureInfo.InvariantCulture, $"{method} {path} HTTP/1.1\r\nHost: {_url.Authority}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}"));
        await _socket.SendAsync(request);
        var (received, start, end) = (0, 0, -1);
        while (end < 0 || received < end)
        {
            if (received == _buffer.Length)
            {
                Array.Resize(ref _buffer, 2 * _buffer.Length);
            }

            var read = await _socket.ReceiveAsync(_buffer.AsMemory(received));
            if (read == 0)
            {
                throw new IOException($"{_url} closed the connection.");
            }

            received += read;
            if (end < 0 && _buffer.AsSpan(0, received).IndexOf("\r\n\r\n"u8) is >= 0 and var head)
            {
                start = head + 4;
                end = start + ContentLength(_buffer.AsSpan(0, head));
            }
        }

        return _buffer.AsSpan().StartsWith("HTTP/1.1 200 "u8)
            ? _buffer.AsMemory(start, end - start)
            : throw new InvalidOperationException($"{method} {_url}{path.TrimStart('/')}: {Encoding.UTF8.GetString(_buffer, 0, end)}");
    }

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();

    private static int ContentLength(ReadOnlySpan<byte> head)
    {
        var name = "\r\nContent-Length: "u8;
        var at = head.IndexOf(name);
        return at >= 0 && Utf8Parser.TryParse(head[(at + name.Length)..], out int length, out _)
            ? length
            : throw new InvalidOperationException($"An answer does not say how long it is: {Encoding.UTF8.GetString(head)}");
    }
}
