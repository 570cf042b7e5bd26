using System.Buffers;
using System.IO.Pipelines;
using Lepton.Orleans.Silo.Apis.Problems;
using Microsoft.Net.Http.Headers;

namespace Lepton.Orleans.Silo.Apis.Requests;

/// <summary>A request's JSON body in a pooled array, returned to the pool when disposed.</summary>
internal readonly struct RequestBody : IDisposable
{
    /// <summary>The media type of JSON documents, one a line.</summary>
    public const string LinesContentType = "application/x-ndjson";

    private readonly byte[] rented;
    private readonly int start;
    private readonly int length;

    private RequestBody(byte[] rented, int start, int length)
    {
        this.rented = rented;
        this.start = start;
        this.length = length;
    }

    /// <summary>The bytes, without a byte order mark.</summary>
    public ReadOnlySpan<byte> Utf8Json => rented.AsSpan(start, length);

    /// <summary>The body as it comes.</summary>
    /// <param name="context">The request.</param>
    /// <param name="accepted">A Content-Type that is accepted besides JSON.</param>
    /// <exception cref="UnsupportedContentException">The headers say that it is not JSON in UTF-8, or compressed.</exception>
    public static PipeReader Stream(HttpContext context, string accepted = "")
    {
        if (context.Request.Headers.ContentEncoding is { Count: > 0 } encoding && encoding != "identity")
        {
            throw new UnsupportedContentException("Content-Encoding", "identity", encoding.ToString());
        }

        if (context.Request.ContentType != accepted)
        {
            CheckContentType(context.Request.ContentType);
        }

        return context.Request.BodyReader;
    }

    /// <summary>Reads the whole body.</summary>
    /// <exception cref="UnsupportedContentException">The headers say that it is not JSON in UTF-8, or compressed.</exception>
    /// <exception cref="BadHttpRequestException">The body is over the limit, or stops short.</exception>
    public static async ValueTask<RequestBody> ReadAsync(HttpContext context)
    {
        var reader = Stream(context);
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            if (read.IsCompleted)
            {
                var body = Copy(read.Buffer);
                reader.AdvanceTo(read.Buffer.End);
                return body;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Reads the body and parses it, with the bytes given back before the rows are used.</summary>
    public static async ValueTask<T> ParseAsync<T>(HttpContext context, Func<RequestBody, T> parse)
    {
        using var body = await ReadAsync(context);
        return parse(body);
    }

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(rented);

    private static RequestBody Copy(ReadOnlySequence<byte> buffer)
    {
        var length = checked((int)buffer.Length);
        var rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, length));
        buffer.CopyTo(rented);
        var start = rented.AsSpan(0, length).StartsWith("\uFEFF"u8) ? 3 : 0;
        return new RequestBody(rented, start, length - start);
    }

    private static void CheckContentType(string? contentType)
    {
        if (string.IsNullOrEmpty(contentType) || contentType == "application/json")
        {
            return;
        }

        if (!MediaTypeHeaderValue.TryParse(contentType, out var type)
            || !(type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
                || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
            || !(type.Charset.Length == 0 || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
                || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase)))
        {
            throw new UnsupportedContentException("Content-Type", "application/json in UTF-8", contentType);
        }
    }
}
