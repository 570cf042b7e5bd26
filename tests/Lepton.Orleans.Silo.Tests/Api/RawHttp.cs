using System.Net.Sockets;
using System.Text;

namespace Lepton.Orleans.Silo.Tests.Api;

/// <summary>Sends request lines that no well-behaved client would: nothing is normalised on the way.</summary>
internal static class RawHttp
{
    /// <summary>Sends a request and reads the whole answer.</summary>
    /// <param name="address">The server.</param>
    /// <param name="method">The method.</param>
    /// <param name="target">The request's target, to the byte.</param>
    /// <param name="body">The body; empty for none.</param>
    /// <param name="headers">Further headers, each <c>name: value</c>.</param>
    public static async Task<(int Status, string Body)> SendAsync(
        Uri address, string method, string target, string body = "", params string[] headers)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        await using var stream = client.GetStream();
        var bytes = Encoding.UTF8.GetBytes(body);
        var head = new StringBuilder($"{method} {target} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: close\r\n");
        if (!headers.Any(header => header.StartsWith("Content-Length", StringComparison.Ordinal)))
        {
            head.Append(System.Globalization.CultureInfo.InvariantCulture, $"Content-Length: {bytes.Length}\r\n");
        }

        foreach (var header in headers)
        {
            head.Append(header).Append("\r\n");
        }

        await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. bytes], TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var answer = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return (int.Parse(answer.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture), answer[(end + 4)..]);
    }
}
