using System.Buffers.Text;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Lepton.Orleans.Probes;

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
    /// <exception cref="RefusedException">The answer is no 200.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> SendAsync(string method, string path, string? json = null)
    {
        var request = Encoding.UTF8.GetBytes(json is null
            ? $"{method} {path} HTTP/1.1\r\nHost: {_url.Authority}\r\n\r\n"
            : string.Create(CultureInfo.InvariantCulture, $"{method} {path} HTTP/1.1\r\nHost: {_url.Authority}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}"));
        await _socket.SendAsync(request);
        var (received, start, end) = (0, 0, -1);
        while (end < 0)
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
            if (start == 0 && _buffer.AsSpan(0, received).IndexOf("\r\n\r\n"u8) is >= 0 and var head)
            {
                start = head + 4;
            }

            end = start == 0 ? -1 : BodyEnd(_buffer.AsSpan(0, start), _buffer.AsSpan(start, received - start)) is >= 0 and var length ? start + length : -1;
        }

        return _buffer.AsSpan().StartsWith("HTTP/1.1 200 "u8)
            ? _buffer.AsMemory(start, end - start)
            : throw new RefusedException($"{method} {_url}{path.TrimStart('/')}: {Encoding.UTF8.GetString(_buffer, 0, end)}");
    }

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();

    /// <summary>How long the body is, with its chunks joined; -1 while some of it is on its way.</summary>
    private static int BodyEnd(ReadOnlySpan<byte> head, Span<byte> body)
    {
        var name = "\r\nContent-Length: "u8;
        if (head.IndexOf(name) is >= 0 and var at && Utf8Parser.TryParse(head[(at + name.Length)..], out int length, out _))
        {
            return body.Length >= length ? length : -1;
        }

        return body.EndsWith("\r\n0\r\n\r\n"u8) ? Join(body) : -1;
    }

    private static int Join(Span<byte> chunks)
    {
        var joined = 0;
        for (var at = 0; Utf8Parser.TryParse(chunks[at..], out int size, out var digits, 'x') && size > 0; at += size + 2)
        {
            at += digits + 2;
            chunks.Slice(at, size).CopyTo(chunks[joined..]);
            joined += size;
        }

        return joined;
    }
}
