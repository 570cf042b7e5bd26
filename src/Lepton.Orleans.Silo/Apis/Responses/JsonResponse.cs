using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lepton.Orleans.Silo.Apis.Responses;

/// <summary>Sends JSON documents.</summary>
internal static class JsonResponse
{
    /// <summary>The media type of every answer but problems.</summary>
    public const string ContentType = "application/json";

    /// <summary>Every script is written as itself: the documents are UTF-8 and never part of a page.</summary>
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>How contracts are written: names as they stand in code, enumerations as words.</summary>
    public static readonly JsonSerializerOptions SerializerOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Sends bytes that are JSON already.</summary>
    public static Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> utf8Json)
    {
        var response = context.Response;
        response.ContentType = ContentType;
        response.ContentLength = utf8Json.Length;
        return response.Body.WriteAsync(utf8Json).AsTask();
    }

    /// <summary>Sends what a write leaves to say: how many rows it changed.</summary>
    public static Task WriteRowsAsync(HttpContext context, int rows)
    {
        ReadOnlySpan<byte> head = "{\"RowAffected\":"u8;
        var response = context.Response;
        var span = response.BodyWriter.GetSpan(head.Length + 12);
        head.CopyTo(span);
        _ = Utf8Formatter.TryFormat(rows, span[head.Length..], out var digits);
        var length = head.Length + digits;
        span[length++] = (byte)'}';
        response.ContentType = ContentType;
        response.ContentLength = length;
        response.BodyWriter.Advance(length);
        return response.BodyWriter.FlushAsync().AsTask();
    }

    /// <summary>Sends a document that is written piece by piece.</summary>
    public static async Task WriteAsync<T>(HttpContext context, T document, Action<Utf8JsonWriter, T> write)
    {
        context.Response.ContentType = ContentType;
        await using var writer = WriterFor(context);
        write(writer, document);
        await writer.FlushAsync(context.RequestAborted);
    }

    /// <summary>A writer onto the response.</summary>
    public static Utf8JsonWriter WriterFor(HttpContext context) => new(context.Response.BodyWriter, WriterOptions);

    /// <summary>Sends a contract.</summary>
    public static Task WriteContractAsync<T>(HttpContext context, T contract, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(contract, SerializerOptions, ContentType, context.RequestAborted);
    }
}
