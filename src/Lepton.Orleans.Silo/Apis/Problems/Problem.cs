using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Lepton.Orleans.Silo.Apis.Responses;
using Microsoft.AspNetCore.WebUtilities;

namespace Lepton.Orleans.Silo.Apis.Problems;

/// <summary>A problem document as RFC 9457 defines it: what every error of the API looks like.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">What went wrong, for a person.</param>
internal sealed record Problem(int Status, string Detail)
{
    /// <summary>The media type of problem documents.</summary>
    public const string ContentType = "application/problem+json";

    /// <summary>The field that breaks a rule, and the rule; <see langword="null"/> where no single field is at fault.</summary>
    public (string Field, string Rule)? Error { get; init; }

    /// <summary>How long to wait before the same request is sent again; <see langword="null"/> where that would not help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>What a batch left behind, by name.</summary>
    public IReadOnlyList<(string Name, int Count)> Counts { get; init; } = [];

    /// <summary>Sends the document, unless the response is already on its way.</summary>
    public Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return Task.CompletedTask;
        }

        var json = ToJson();
        response.StatusCode = Status;
        response.ContentType = ContentType;
        response.ContentLength = json.Length;
        if (RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(json).AsTask();
    }

    private ReadOnlyMemory<byte> ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var writer = new Utf8JsonWriter(buffer, JsonResponse.WriterOptions);
        writer.WriteStartObject();
        writer.WriteString("type"u8, "about:blank"u8);
        writer.WriteString("title"u8, ReasonPhrases.GetReasonPhrase(Status));
        writer.WriteNumber("status"u8, Status);
        writer.WriteString("detail"u8, Detail);
        if (Error is { } error)
        {
            writer.WriteStartObject("errors"u8);
            writer.WriteStartArray(error.Field);
            writer.WriteStringValue(error.Rule);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        foreach (var (name, count) in Counts)
        {
            writer.WriteNumber(name, count);
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
